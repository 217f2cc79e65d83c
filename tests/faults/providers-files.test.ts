import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { ingestFile } from '../../lib/knowledge/ingest-file.ts'
import { readCounters } from '../../lib/limits/counters.ts'
import type { Misbehaviour } from '../../scripts/local/openai/misbehaviour.ts'
import { upload } from '../api/files/stored.ts'
import { freshTenant } from '../helpers/tenant.ts'
import { abandon, changeRow, expectStored } from '../lib/knowledge/processing.ts'
import { services } from '../setup/services.ts'
import { AI_TIMEOUT_MS } from './providers-entries.ts'

// Settings are read when the first request comes.
process.env.AI_TIMEOUT_MS = String(AI_TIMEOUT_MS)

const LATER = 'The AI provider could not embed the text, though it was asked several times.'
const REFUSED = 'The AI provider refuses to embed the text.'

/** The file is embedded again, by a run that has no time for a second try. */
async function ingestAgain(clerkId: string, fileId: string, attempts: number) {
  await changeRow(fileId, { status: 'processing', passagesHash: null, attempts })
  await abandon(fileId)
  return ingestFile(fileId, clerkId, { until: new Date(Date.now() + 5_000) })
}

describe.concurrent('a file whose embeddings cannot be had', () => {
  it.each<[Misbehaviour, string]>([
    ['limited', LATER],
    ['limited for long', LATER],
    ['broken', LATER],
    ['a page of a gateway', LATER],
    ['a page as an answer', LATER],
    ['a page of refusal', REFUSED],
    ['silent', LATER],
    ['half a JSON', LATER],
    ['too few vectors', LATER],
    ['vectors of null', LATER],
    ['vectors of another length', LATER],
    ['vectors beyond numbers', LATER],
  ])('%s: is tried again, and fails in the end with a plain reason', async (how, reason) => {
    const tenant = await freshTenant()
    const word = `word-${randomUUID()}`
    const { id } = await upload(tenant, `A sentence with ${word}.`)
    services.openai.misbehaveFor(word, how)
    const view = async () => (await tenant.call('GET', `/api/files/${id}`)).body

    expect(await ingestAgain(tenant.clerkId, id, 0)).toBe('later')
    expect(await view()).toMatchObject({ status: 'processing', error: null })
    expect(await ingestAgain(tenant.clerkId, id, 4)).toBe('failed')
    expect(await view()).toMatchObject({ status: 'failed', error: reason, embedded: false, chunks: 0 })
    expect(await readCounters(tenant.clerkId)).toMatchObject({ files: 1, chatMessages: 0 })
    await expectStored(id, 0)
  })
})

describe.concurrent('a file whose summary cannot be had', () => {
  it.each<Misbehaviour>([
    'broken',
    'a page as an answer',
    'silent',
    'tool calls',
    'half a JSON',
    'ten megabytes',
  ])('%s: is ready without one, or with a short one', async how => {
    const tenant = await freshTenant()
    const word = `word-${randomUUID()}`
    // The text stands alone in a request for its summary.
    services.openai.misbehaveFor(`"content":"${word}`, how)
    const file = await upload(tenant, `${word} is a word.`)
    expect(file).toMatchObject({ status: 'ready', embedded: true, chunks: 1 })
    expect((file.summary ?? '').length).toBe(how === 'ten megabytes' ? 2_000 : 0)
  })
})
