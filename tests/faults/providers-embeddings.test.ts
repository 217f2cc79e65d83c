import { beforeAll, describe, expect, it } from 'vitest'
import type { Misbehaviour } from '../../scripts/local/openai/misbehaviour.ts'
import { AI_TIMEOUT_MS, EMBEDDING_ENTRIES, endingOf, prepare } from './providers-entries.ts'

// Settings are read when the first request comes.
process.env.AI_TIMEOUT_MS = String(AI_TIMEOUT_MS)

type EntryName = keyof typeof EMBEDDING_ENTRIES
const FAILED = { code: 'provider_error', told: '', stored: null, used: 0 }
const TIMED_OUT = { ...FAILED, code: 'provider_timeout' }

const EVERY = Object.keys(EMBEDDING_ENTRIES) as EntryName[]
/** One of each way that the code takes. */
const SOME: EntryName[] = ['embed', 'embeddings', 'search']
/** Where vectors have 1,536 dimensions; whoever asks for vectors themselves may name a model of others. */
const STORED: EntryName[] = ['search', 'chat about files', 'completion about files']

const cases: [Misbehaviour, typeof FAILED, EntryName[]][] = [
  ['limited', FAILED, EVERY],
  ['limited for long', FAILED, SOME],
  ['broken', FAILED, EVERY],
  ['a page of a gateway', FAILED, SOME],
  ['a page as an answer', FAILED, EVERY],
  ['a page of refusal', FAILED, EVERY],
  ['a page of absence', FAILED, EVERY],
  ['silent', TIMED_OUT, EVERY],
  ['silent behind headers of JSON', TIMED_OUT, SOME],
  ['no JSON', FAILED, SOME],
  ['nothing', FAILED, SOME],
  ['half a JSON', FAILED, SOME],
  ['vectors of nothing', FAILED, EVERY],
  ['vectors of null', FAILED, EVERY],
  ['vectors beyond numbers', FAILED, EVERY],
  ['vectors of NaN in base64', FAILED, EVERY],
  ['too few vectors', FAILED, EVERY],
  ['too many vectors', FAILED, SOME],
  ['vectors that are none', FAILED, SOME],
  ['vectors of another length', FAILED, STORED],
]

const each = cases.flatMap(([how, expected, names]) => names.map(name => [how, name, expected] as const))
beforeAll(() => prepare(each))

describe.concurrent('a provider of embeddings that misbehaves', () => {
  it.each(each)('%s, for %s', async (how, name, expected) => {
    expect(await endingOf(name, how)).toEqual(expected)
  })
})
