import { describe, expect, it } from 'vitest'
import { expectStatus } from '../helpers/call.ts'
import { allEvents, readEvents, restOf, textOf } from '../helpers/events.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { ask, storedConversation } from './ai-chat.ts'
import { stream, used } from './ai-streaming.ts'

describe('a stop', () => {
  const stop = (tenant: Pick<Tenant, 'call'>, conversationId: string) =>
    tenant.call('POST', `/api/ai?action=stop&conversationId=${conversationId}`)

  it('ends a running answer within two seconds and keeps what was said', async () => {
    const tenant = await freshTenant()
    const response = await stream(tenant, { message: 'Tell me 500 words' })
    const conversationId = response.headers.get('x-conversation-id') ?? ''
    const events = readEvents(response)
    await events.next()
    const first = await events.next()
    const before = performance.now()
    const stopped = await stop(tenant, conversationId)
    expectStatus(stopped, 200)
    expect(stopped.body).toEqual({ conversationId, stopped: 1 })
    const rest = await restOf(events)
    expect(performance.now() - before).toBeLessThan(2_000)
    const told = rest.at(-1)
    expect(told).toMatchObject({ event: 'completed', data: { message: { unfinished: true } } })
    const said = `${first.value?.data.content}${textOf(rest)}`
    expect(told?.data.message.content).toBe(said)
    expect(told?.data.usage.totalTokens).toBeGreaterThan(0)
    const stored = await storedConversation(conversationId)
    expect(stored?.messages[1]).toMatchObject({ content: said, unfinished: true })
    expect(await used(tenant)).toBe(1)
    const read = await tenant.call('GET', `/api/app/conversations/${conversationId}`)
    expect(read.body.messages[1]).toMatchObject({ content: said, unfinished: true })
  })

  it('of nothing that runs stops nothing', async () => {
    const tenant = await freshTenant()
    const { conversationId } = (await ask(tenant, { message: 'Hello' })).body
    expect((await stop(tenant, conversationId)).body).toEqual({ conversationId, stopped: 0 })
  })

  it('before anything was said costs nothing', async () => {
    const tenant = await freshTenant()
    services.openai.failNext(0)
    const response = await stream(tenant, { message: 'Hello' })
    const conversationId = response.headers.get('x-conversation-id') ?? ''
    expectStatus(await stop(tenant, conversationId), 200)
    const events = await allEvents(response)
    expect(events).toMatchObject([
      { event: 'completed', data: { message: { content: '', unfinished: true } } },
    ])
    expect(await used(tenant)).toBe(0)
    expectStatus(await ask(tenant, { message: 'And now?', conversationId }), 200)
  })

  it('ends an answer whose knowledge is still searched', async () => {
    const tenant = await freshTenant()
    services.openai.failNext(0)
    const response = await stream(tenant, { message: 'Hello', knowledge: true })
    const before = performance.now()
    expect((await stop(tenant, response.headers.get('x-conversation-id') ?? '')).body.stopped).toBe(1)
    expect((await allEvents(response)).at(-1)).toMatchObject({ event: 'completed' })
    expect(performance.now() - before).toBeLessThan(2_000)
    expect(await used(tenant)).toBe(0)
  })

  it('by anybody but the owner is not found, and stops nothing', async () => {
    const tenant = await freshTenant()
    const other = await freshTenant()
    const response = await stream(tenant, { message: 'Tell me 40 words' })
    const conversationId = response.headers.get('x-conversation-id') ?? ''
    expectStatus(await stop(other, conversationId), 404)
    const events = await allEvents(response)
    expect(events.at(-1)?.data.message.unfinished).toBeUndefined()
  })
})
