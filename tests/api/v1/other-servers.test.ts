import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readCounters } from '../../../lib/limits/counters.ts'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { sendEvent, sendJson, startUpstream } from '../../lib/ai/upstream.ts'
import { background } from '../../setup/file.ts'
import { chunksOf, complete, EMBEDDINGS, expectError, textOf, type Wire } from './openai.ts'

let answer: unknown
const upstream = await startUpstream((response, { body }) => {
  if (!body.stream) return sendJson(response, answer)
  for (const event of answer as unknown[]) sendEvent(response, event)
  response.end()
})
// Settings are read when the first request comes.
Object.assign(process.env, { GROQ_API_KEY: 'k', GROQ_BASE_URL: `${upstream.url}/v1` })

const model = 'groq/some-model'
const messages = [{ role: 'user', content: 'Hi' }]
const usedBy = async ({ clerkId }: Tenant) => (await readCounters(clerkId)).chatMessages

function ask(tenant: Tenant, given: unknown, stream: boolean, headers = {}) {
  answer = given
  return complete(tenant, { model, messages, stream }, headers)
}

const text = { content: 'Hello' }
const leanly = (choice: object, rest: object = {}) => ({ choices: [choice], ...rest })
const whole = {
  id: expect.stringMatching(/^chatcmpl-\S+$/),
  object: 'chat.completion',
  created: expect.any(Number),
  model: 'some-model',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
}

describe('what a server leaves out of OpenAI’s form is filled in', () => {
  it.each([
    ['all but the message', leanly({ message: text })],
    [
      'null',
      {
        id: null,
        object: null,
        created: null,
        ...leanly({ index: null, message: text, finish_reason: null }),
      },
    ],
    [
      'words of its own',
      {
        id: 7,
        object: 'text',
        created: 1.5,
        ...leanly({ message: { ...text, role: 'model' }, finish_reason: '' }),
      },
    ],
    [
      'citations and usage of its own form',
      leanly({ message: text }, { citations: ['x'], usage: { total: 1 } }),
    ],
  ])('%s', async (_kind, given) => {
    const tenant = await freshTenant()
    const told = await ask(tenant, given, false)
    expectStatus(told, 200)
    expect(told.body).toEqual(whole)
    expect(await usedBy(tenant)).toBe(1)
  })

  it('in a stream, and in what it adds up to', async () => {
    const tenant = await freshTenant()
    const key = { 'Idempotency-Key': randomUUID() }
    const pieces = [
      leanly({ delta: { content: 'Hel' }, finish_reason: '' }),
      { object: 'x', usage: null },
      leanly({ delta: { content: 'lo' } }),
      leanly({ finish_reason: 'stop' }),
      leanly({ delta: {}, finish_reason: 'stop' }),
    ]
    const chunks: Wire[] = chunksOf(await ask(tenant, pieces, true, key))
    expect(textOf(chunks)).toBe('Hello')
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
    for (const chunk of chunks) {
      expect(chunk).toMatchObject({ ...whole, object: 'chat.completion.chunk', choices: expect.anything() })
      for (const choice of chunk.choices) expect(choice).toMatchObject({ index: 0, delta: expect.anything() })
    }
    await background.drain()
    const replayed = await ask(tenant, pieces, true, key)
    expect(replayed.headers.get('idempotency-replayed')).toBe('true')
    expect(replayed.body).toMatchObject({ ...whole, id: chunks[0].id })
    expect(await usedBy(tenant)).toBe(1)
  })

  it('and passages are cited once, though it says twice that it is done', async () => {
    const tenant = await freshTenant()
    answer = [
      leanly({ delta: { content: 'a' } }),
      leanly({ delta: {}, finish_reason: 'stop' }),
      leanly({ delta: {}, finish_reason: 'stop' }),
    ]
    const asked = { model: `knowledge/${model}`, messages, stream: true }
    const chunks = chunksOf(await complete(tenant, asked))
    expect(chunks.map(chunk => 'citations' in chunk)).toEqual([false, true, false])
  })

  it('in embeddings', async () => {
    const tenant = await freshTenant()
    answer = { data: [{ embedding: [1, 2] }, { embedding: [3, 4] }] }
    const told = await tenant.call('POST', EMBEDDINGS, { json: { model, input: ['a', 'b'] } })
    expectStatus(told, 200)
    expect(told.body).toEqual({
      object: 'list',
      model: 'some-model',
      data: [
        { object: 'embedding', index: 0, embedding: [1, 2] },
        { object: 'embedding', index: 1, embedding: [3, 4] },
      ],
      usage: { prompt_tokens: 0, total_tokens: 0 },
    })
  })
})

describe('an answer that cannot be used', () => {
  it.each([
    ['a message in parts', leanly({ message: { content: [{ text: 'Hello' }] } })],
    ['a message that is a text', leanly({ message: 'Hello' })],
    ['choices that are none', { choices: {} }],
    ['a text', '"Hello"'],
  ])('is the provider’s failure, and no attempt counts: %s', async (_kind, given) => {
    const tenant = await freshTenant()
    const key = { 'Idempotency-Key': randomUUID() }
    for (const _attempt of [1, 2, 3])
      expectError(await ask(tenant, given, false, key), 502, { type: 'server_error', code: 'provider_error' })
    expect(await usedBy(tenant)).toBe(0)
    expectStatus(await ask(tenant, leanly({ message: text }), false, key), 200)
    expect(await usedBy(tenant)).toBe(1)
  })

  it('is it in a stream too', async () => {
    const tenant = await freshTenant()
    const pieces = [leanly({ delta: { content: ['Hello'] } }), leanly({ finish_reason: 'stop' })]
    const told = await ask(tenant, pieces, true)
    expect(String(told.body)).toContain('"provider_error"')
    await background.drain()
    expect(await usedBy(tenant)).toBe(0)
  })

  it.each([
    ['none', []],
    ['no numbers', [{ embedding: ['1'] }]],
    ['nothing', [{ embedding: null }]],
  ])('is it of embeddings too: %s', async (_kind, data) => {
    answer = { data }
    const told = await (await freshTenant()).call('POST', EMBEDDINGS, { json: { model, input: 'a' } })
    expectError(told, 502, { type: 'server_error', code: 'provider_error' })
  })
})
