import { describe, expect, it } from 'vitest'
import { readCounters } from '../../../lib/limits/counters.ts'
import { UsageLog } from '../../../models/usage-log.ts'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'
import { chunksOf, complete, eventsOf, expectError, lastSent, textOf } from './openai.ts'

const hello = { messages: [{ role: 'user', content: 'Hello there' }], stream: true }
const tool = {
  type: 'function',
  function: {
    name: 'save',
    parameters: { type: 'object', properties: { note: { type: 'string' } }, required: ['note'] },
  },
}

describe('a streamed completion', () => {
  it('tells chunks of one completion, then [DONE]', async () => {
    const chunks = chunksOf(await complete(await freshTenant(), hello))
    expect(textOf(chunks)).toBe('Happy to help! You said: "Hello there"')
    expect(chunks[0].choices[0].delta.role).toBe('assistant')
    expect(chunks.at(-1).choices[0].finish_reason).toBe('stop')
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1)
    for (const chunk of chunks)
      expect(chunk).toMatchObject({ object: 'chat.completion.chunk', model: 'gpt-4o-mini' })
  })

  it('tells usage only when asked, though it always asks for it', async () => {
    const tenant = await freshTenant()
    const silent = chunksOf(await complete(tenant, hello))
    for (const chunk of silent) expect(chunk).not.toHaveProperty('usage')
    for (const chunk of silent) expect(chunk.choices).toHaveLength(1)
    expect(lastSent().stream_options).toEqual({ include_usage: true })

    const telling = { ...hello, stream_options: { include_usage: true, other: 1 } }
    const told = chunksOf(await complete(tenant, telling))
    expect(told.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 3 } })
    for (const chunk of told.slice(0, -1)) expect(chunk.usage).toBeNull()
    expect(lastSent().stream_options).toEqual({ include_usage: true, other: 1 })
  })

  it('is metered and counted as a whole one', async () => {
    const tenant = await freshTenant()
    chunksOf(await complete(tenant, hello))
    await background.drain()
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(1)
    const log = await UsageLog.findOne({ clerkId: tenant.clerkId }).lean()
    expect(log).toMatchObject({ status: 200, metadata: { promptTokens: 3, provider: 'openai' } })
    expect(log?.metadata?.costUsd).toBeGreaterThan(0)
  })

  it('passes the calls of tools on in their pieces', async () => {
    const asked = { messages: [{ role: 'user', content: 'Please save a lot of words' }], tools: [tool] }
    const chunks = chunksOf(await complete(await freshTenant(), { ...asked, stream: true }))
    const calls = chunks.flatMap(({ choices }) => choices[0].delta.tool_calls ?? [])
    expect(calls.length).toBeGreaterThan(3)
    expect(calls[0]).toMatchObject({ index: 0, id: expect.stringMatching(/^call_/), type: 'function' })
    const pieces = calls.map(({ function: { arguments: piece } }) => piece)
    expect(JSON.parse(pieces.join(''))).toEqual({ note: 'Please save a lot of words' })
    expect(chunks.at(-1).choices[0].finish_reason).toBe('tool_calls')
  })

  it.each([
    ['text', hello],
    [
      'calls of tools',
      { messages: [{ role: 'user', content: 'save and save' }], tools: [tool], stream: true },
    ],
  ])('is kept as the completion it adds up to: %s', async (_kind, asked) => {
    const tenant = await freshTenant()
    const headers = { 'Idempotency-Key': 'once' }
    const chunks = chunksOf(await complete(tenant, asked, headers))
    await background.drain()
    const replayed = await complete(tenant, asked, headers)
    expectStatus(replayed, 200)
    expect(replayed.headers.get('idempotency-replayed')).toBe('true')
    const { stream, ...whole } = asked
    const { body } = await complete(tenant, whole)
    const { id, created, choices } = replayed.body
    expect(id).toBe(chunks[0].id)
    for (const [at, call] of (choices[0].message.tool_calls ?? []).entries()) {
      expect(call).not.toHaveProperty('index')
      body.choices[0].message.tool_calls[at].id = call.id
    }
    expect(replayed.body).toEqual({ ...body, id, created })
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(2)
  })
})

describe('a stream that fails', () => {
  it('before it began is refused by its status', async () => {
    const tenant = await freshTenant()
    services.openai.failNext(400)
    expectError(await complete(tenant, hello), 400, {})
    services.openai.failNext(500, 3)
    expectError(await complete(tenant, hello), 502, { type: 'server_error', code: 'provider_error' })
    expectError(await complete(tenant, { ...hello, n: 2 }), 400, { param: 'n' })
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(0)
  })

  it.each([1, 4])('after %s words tells one error, and the unit comes back', async words => {
    const tenant = await freshTenant()
    services.openai.breakNext(words)
    const answer = await complete(tenant, {
      ...hello,
      messages: [{ role: 'user', content: 'Write 40 words' }],
    })
    expectStatus(answer, 200)
    const events = eventsOf(answer).filter(data => data !== '[DONE]')
    const { error } = JSON.parse(events.at(-1) ?? '')
    expect(error).toEqual({
      message: expect.stringContaining('openai failed'),
      type: 'server_error',
      param: null,
      code: 'provider_error',
    })
    expect(events.filter(data => data.includes('"error"'))).toHaveLength(1)
    await background.drain()
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(0)
    expect(await UsageLog.findOne({ clerkId: tenant.clerkId }).lean()).toMatchObject({ status: 502 })
  })
})
