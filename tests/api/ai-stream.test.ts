import { randomUUID } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { RunningAnswer } from '../../models/running-answer.ts'
import { UsageLog } from '../../models/usage-log.ts'
import { expectStatus } from '../helpers/call.ts'
import { allEvents, readEvents, restOf, textOf } from '../helpers/events.ts'
import { freshTenant } from '../helpers/tenant.ts'
import { background } from '../setup/file.ts'
import { services } from '../setup/services.ts'
import { ask, storedConversation } from './ai-chat.ts'
import { stream, used } from './ai-streaming.ts'
import { upload } from './files/stored.ts'

describe('a streamed answer', () => {
  it('comes in deltas and ends with the object of the JSON answer', async () => {
    const tenant = await freshTenant()
    const response = await stream(tenant, { message: 'Say it in 12 words' })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    expect(response.headers.get('cache-control')).toBe('no-store')
    const events = await allEvents(response)
    const completed = events.at(-1)
    expect(completed?.event).toBe('completed')
    expect(events.slice(0, -1).every(({ event }) => event === 'delta')).toBe(true)
    expect(events.filter(({ event }) => event === 'delta')).toHaveLength(12)
    expect(textOf(events)).toBe(completed?.data.message.content)
    expect(completed?.data).toEqual({
      conversationId: response.headers.get('x-conversation-id'),
      sessionId: response.headers.get('x-session-id'),
      message: { role: 'assistant', content: expect.any(String), timestamp: expect.any(String) },
      citations: [],
      usage: {
        promptTokens: expect.any(Number),
        completionTokens: expect.any(Number),
        totalTokens: expect.any(Number),
      },
      provider: 'openai',
      model: 'gpt-4o-mini',
    })
    expect(completed?.data.usage.completionTokens).toBeGreaterThan(0)
    const stored = await storedConversation(completed?.data.conversationId)
    expect(stored?.messages.map(({ content }) => content)).toEqual(['Say it in 12 words', textOf(events)])
    expect(await used(tenant)).toBe(1)
  })

  it('leaves piece by piece, the first one long before the last', async () => {
    const response = await stream(await freshTenant(), { message: 'Tell me 50 words' })
    const events = await allEvents(response)
    const deltas = events.filter(({ event }) => event === 'delta')
    const spread = (deltas.at(-1)?.at ?? 0) - (deltas[0]?.at ?? 0)
    // The provider takes 20 ms a word.
    expect(spread).toBeGreaterThan(500)
  })

  it('cites the passages it came from', async () => {
    const tenant = await freshTenant()
    const file = await upload(tenant, 'The orangery is heated with pine wood.')
    const events = await allEvents(
      await stream(tenant, { message: 'How is the orangery heated?', knowledge: true }),
    )
    expect(events.at(-1)?.data.citations[0]).toMatchObject({ fileId: file.id, chunk: 0 })
  })

  it('is counted with its tokens in the usage log once it is told', async () => {
    const tenant = await freshTenant()
    await allEvents(await stream(tenant, { message: 'Hello' }))
    await vi.waitFor(async () => {
      const [row] = await UsageLog.find({ clerkId: tenant.clerkId, endpoint: /chat/ }).lean()
      expect(row).toMatchObject({ status: 200, metadata: { action: 'chat', model: 'gpt-4o-mini' } })
      expect(row?.metadata.completionTokens).toBeGreaterThan(0)
    })
  })

  it('is finished, stored and counted though its client leaves', async () => {
    const tenant = await freshTenant()
    const left = new AbortController()
    const response = await stream(tenant, { message: 'Tell me 60 words' }, { signal: left.signal })
    const conversationId = response.headers.get('x-conversation-id') ?? ''
    for await (const { event } of readEvents(response)) if (event === 'delta') break
    left.abort()
    await vi.waitFor(async () => expect(await storedConversation(conversationId)).not.toBeNull(), 10_000)
    const stored = await storedConversation(conversationId)
    expect(stored?.messages[1]?.content.split(' ')).toHaveLength(60)
    expect(stored?.messages[1]?.unfinished).toBeUndefined()
    expect(await used(tenant)).toBe(1)
  })

  it('begins at once, and shows that it lives, though nothing is said yet', async () => {
    const before = performance.now()
    services.openai.failNext(0)
    const tenant = await freshTenant()
    const response = await stream(tenant, { message: 'Hello' })
    expect(performance.now() - before).toBeLessThan(5_000)
    expect((await readEvents(response).next()).value?.event).toBe(':')
    await tenant.call(
      'POST',
      `/api/ai?action=stop&conversationId=${response.headers.get('x-conversation-id')}`,
    )
  })

  it('is refused as a problem, not as a stream, before anything is asked', async () => {
    const tenant = await freshTenant()
    const response = await stream(tenant, { message: 'a', conversationId: '0'.repeat(24) })
    expect(response.status).toBe(404)
    expect(response.headers.get('content-type')).toBe('application/problem+json')
  })

  it('leaves no trace of running once it is told', async () => {
    const tenant = await freshTenant()
    await allEvents(await stream(tenant, { message: 'Hello' }))
    await background.drain()
    expect(await RunningAnswer.countDocuments({ clerkId: tenant.clerkId })).toBe(0)
  })

  it('names a session of any characters in its headers', async () => {
    const sessionId = 'Atelier n° 5\n✓'
    const response = await stream(await freshTenant(), { message: 'Hello', sessionId })
    expect(decodeURIComponent(response.headers.get('x-session-id') ?? '')).toBe(sessionId)
    expect((await allEvents(response)).at(-1)?.data.sessionId).toBe(sessionId)
  })

  it('goes on in the conversation of a visitor', async () => {
    const first = await allEvents(await stream(null, { message: 'I am Ada.' }))
    const { conversationId, sessionId } = first.at(-1)?.data ?? {}
    const second = await allEvents(await stream(null, { message: 'Who am I?', conversationId, sessionId }))
    expect(second.at(-1)?.data).toMatchObject({ conversationId, sessionId })
    expect((await storedConversation(conversationId))?.messageCount).toBe(4)
  })
})

describe('a streamed answer whose provider fails', () => {
  it('before it says anything is an error event, stores nothing and costs nothing', async () => {
    const tenant = await freshTenant()
    services.openai.failNext(500, 3)
    const response = await stream(tenant, { message: 'Hello' })
    expect(response.status).toBe(200)
    const events = await allEvents(response)
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ event: 'error', data: { status: 502, code: 'provider_error' } })
    expect(events[0]?.data.requestId).toBe(response.headers.get('x-request-id'))
    expect(await storedConversation(response.headers.get('x-conversation-id') ?? '')).toBeNull()
    expect(await used(tenant)).toBe(0)
  })

  it('in the middle keeps what was said, unfinished, and costs nothing', async () => {
    const tenant = await freshTenant()
    services.openai.breakNext(5)
    const response = await stream(tenant, { message: 'Tell me 30 words' })
    const events = await allEvents(response)
    expect(events.at(-1)).toMatchObject({ event: 'error', data: { status: 502, code: 'provider_error' } })
    const stored = await storedConversation(response.headers.get('x-conversation-id') ?? '')
    expect(stored?.messages[1]).toMatchObject({ content: textOf(events), unfinished: true })
    expect(textOf(events).split(' ')).toHaveLength(5)
    expect(stored?.messageCount).toBe(2)
    expect(await used(tenant)).toBe(0)
    await vi.waitFor(async () => {
      const row = await UsageLog.findOne({ clerkId: tenant.clerkId, status: 502 }).lean()
      expect(row?.metadata.promptTokens).toBeGreaterThan(0)
    })
  })
})

describe('a streamed answer into a conversation that is deleted meanwhile', () => {
  it('is an error, yet counted and metered: it was told', async () => {
    const tenant = await freshTenant()
    const { conversationId } = (await ask(tenant, { message: 'Hello' })).body
    const response = await stream(tenant, { message: 'Tell me 20 words', conversationId })
    const events = readEvents(response)
    await events.next()
    await events.next()
    expectStatus(await tenant.call('DELETE', `/api/app/conversations/${conversationId}`), 200)
    expect((await restOf(events)).at(-1)).toMatchObject({ event: 'error', data: { status: 404 } })
    expect(await used(tenant)).toBe(2)
    await vi.waitFor(async () => {
      const row = await UsageLog.findOne({ clerkId: tenant.clerkId, status: 404 }).lean()
      expect(row?.metadata.promptTokens).toBeGreaterThan(0)
    })
  })
})

describe('a streamed answer with an Idempotency-Key', () => {
  it('is replayed in its JSON form', async () => {
    const tenant = await freshTenant()
    const headers = { 'Idempotency-Key': randomUUID() }
    const events = await allEvents(await stream(tenant, { message: 'Hello' }, { headers }))
    await background.drain()
    const again = await stream(tenant, { message: 'Hello' }, { headers })
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(again.headers.get('content-type')).toMatch(/^application\/json/)
    expect(await again.json()).toEqual(events.at(-1)?.data)
    expect(await used(tenant)).toBe(1)
  })

  it('is a conflict while it runs', async () => {
    const tenant = await freshTenant()
    const headers = { 'Idempotency-Key': randomUUID() }
    const first = await stream(tenant, { message: 'Tell me 40 words' }, { headers })
    const second = await stream(tenant, { message: 'Tell me 40 words' }, { headers })
    expect(second.status).toBe(409)
    expect((await allEvents(first)).at(-1)?.event).toBe('completed')
  })

  it('that broke off is answered anew, and counted once', async () => {
    const tenant = await freshTenant()
    const headers = { 'Idempotency-Key': randomUUID() }
    services.openai.breakNext(3)
    const events = await allEvents(await stream(tenant, { message: 'Tell me 20 words' }, { headers }))
    expect(events.at(-1)?.event).toBe('error')
    await background.drain()
    const again = await allEvents(await stream(tenant, { message: 'Tell me 20 words' }, { headers }))
    expect(again.at(-1)?.event).toBe('completed')
    expect(again.at(-1)?.data.message.unfinished).toBeUndefined()
    expect(await used(tenant)).toBe(1)
  })
})
