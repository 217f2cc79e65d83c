import { beforeAll, describe, expect, it } from 'vitest'
import type { Misbehaviour } from '../../scripts/local/openai/misbehaviour.ts'
import { AI_TIMEOUT_MS, CHAT_ENTRIES, type Ending, endingOf, prepare } from './providers-entries.ts'

// Settings are read when the first request comes.
process.env.AI_TIMEOUT_MS = String(AI_TIMEOUT_MS)

type EntryName = keyof typeof CHAT_ENTRIES
type Expected = Partial<Ending>

const FAILED = { code: 'provider_error', told: '', stored: null, used: 0 }
const TIMED_OUT = { ...FAILED, code: 'provider_timeout' }
const SAID = 'One two three'
const BROKE_OFF = { ...FAILED, told: SAID, stored: { content: SAID, unfinished: true } }
const FELL_SILENT = { ...BROKE_OFF, code: 'provider_timeout' }
const ANSWERED = { code: null, told: SAID, stored: { content: SAID, unfinished: false }, used: 1 }
/** As much of the euro signs as has room in 512 KiB. */
const FITTING = '€'.repeat(Math.floor((512 * 1024) / 3))
const CUT = { code: null, told: FITTING, stored: { content: FITTING, unfinished: true }, used: 1 }

const EVERY = Object.keys(CHAT_ENTRIES) as EntryName[]
const WHOLE: EntryName[] = ['chat', 'completion', 'vision']
const STREAMED: EntryName[] = ['chat, streamed', 'completion, streamed']

/** What fails the same however it is asked for. */
const FAILURES: [Misbehaviour, Expected, EntryName[]][] = [
  ['limited', FAILED, EVERY],
  ['limited for a second', FAILED, ['chat', 'completion, streamed']],
  ['limited for long', FAILED, EVERY],
  ['broken', FAILED, EVERY],
  ['a page of a gateway', FAILED, EVERY],
  ['a page as an answer', FAILED, EVERY],
  ['a page of refusal', FAILED, EVERY],
  ['a page of absence', FAILED, EVERY],
  ['silent', TIMED_OUT, EVERY],
  ['silent behind its headers', TIMED_OUT, STREAMED],
  ['silent behind headers of JSON', TIMED_OUT, WHOLE],
  ['no JSON', FAILED, EVERY],
  ['nothing', FAILED, EVERY],
  ['half a JSON', FAILED, EVERY],
  ['another type', FAILED, WHOLE],
  ['no choices', FAILED, EVERY],
  ['choices that are none', FAILED, EVERY],
  ['a text that is none', FAILED, WHOLE],
  ['a number for a text', FAILED, WHOLE],
  ['a stream of no text', FAILED, STREAMED],
  ['a stream without choices', FAILED, STREAMED],
  ['a stream that is reset', FAILED, WHOLE],
]

const WORDLESS = { ...ANSWERED, told: '', stored: { content: '', unfinished: false } }

/** What the model says is told and kept as far as it goes; an answer in OpenAI's form is kept nowhere. */
const ANSWERS: [Misbehaviour, Partial<Record<EntryName, Expected>>][] = [
  ['no usage', whole(ANSWERED)],
  ['usage that is none', whole(ANSWERED)],
  ['no text', whole(WORDLESS)],
  // A client of the wire format may know what to do with a call.
  ['tool calls', whole(FAILED, WORDLESS)],
  ['a stream of tool calls', streamed(FAILED, WORDLESS)],
  ['a stream cut in a frame', streamed(BROKE_OFF)],
  ['a stream that is reset', streamed(BROKE_OFF)],
  ['a stream without an end', streamed(BROKE_OFF)],
  ['a stream that tells an error', streamed(BROKE_OFF)],
  ['a stream with nonsense', streamed(BROKE_OFF)],
  ['a stream that falls silent', streamed(FELL_SILENT)],
  ['a stream of comments', streamed(FELL_SILENT)],
  ['a stream without [DONE]', streamed(ANSWERED)],
  ['a stream as JSON', streamed(ANSWERED)],
]

/** One after another: each takes all there is of a processor. */
const HUGE: typeof ANSWERS = [
  ['ten megabytes', whole(CUT)],
  ['ten megabytes in small pieces', streamed(CUT)],
  ['ten megabytes in one piece', { ...streamed(CUT), chat: FAILED }],
  ['a line without an end', streamed(BROKE_OFF)],
]

function whole(chat: Expected, completion = chat): Partial<Record<EntryName, Expected>> {
  return { chat, completion: { ...completion, stored: null }, vision: FAILED }
}

function streamed(chat: Expected, completion = chat): Partial<Record<EntryName, Expected>> {
  return { 'chat, streamed': chat, 'completion, streamed': { ...completion, stored: null } }
}

const each = (table: typeof ANSWERS) =>
  table.flatMap(([how, expected]) =>
    Object.entries(expected).map(([name, one]) => [how, name as EntryName, one] as const),
  )
const failures = FAILURES.flatMap(([how, expected, names]) =>
  names.map(name => [how, name, expected] as const),
)

const cases = [...failures, ...each(ANSWERS)]
beforeAll(() => prepare(cases))

describe.concurrent('a provider of answers that misbehaves', () => {
  it.each(cases)('%s, for a %s', expectEnding)
})

describe('a provider that does not stop', () => {
  it.each(each(HUGE))('%s, for a %s', expectEnding)
})

async function expectEnding(how: Misbehaviour, name: EntryName, expected: Expected): Promise<void> {
  const ending = await endingOf(name, how)
  // A diff of half a megabyte would tell nobody anything.
  expect(short(ending)).toEqual(short({ ...ending, ...expected }))
  expect(ending.told === (expected.told ?? ending.told)).toBe(true)
}

function short({ told, stored, ...rest }: Ending) {
  const tail = (text: string) => `${text.length}: ${text.slice(-40)}`
  return { ...rest, told: tail(told), stored: stored && { ...stored, content: tail(stored.content) } }
}
