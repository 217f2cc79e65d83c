import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readCounters } from '../../../lib/limits/counters.ts'
import { ChatConversation } from '../../../models/chat-conversation.ts'
import { IdempotencyRecord } from '../../../models/idempotency-record.ts'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'

const ask = (tenant: Tenant, key: string, json: object) =>
  tenant.call('POST', '/api/ai?action=chat', { json, headers: { 'Idempotency-Key': key } })

/** As after a process that died when its answer was stored and its reply not yet. */
const forgetReply = ({ clerkId }: Tenant) =>
  IdempotencyRecord.updateOne({ clerkId }, { $set: { reply: null, leaseUntil: new Date(0) } })

describe('a chat whose process died after it stored its answer', () => {
  it('is answered with that: asked, stored and counted once', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const first = await ask(tenant, key, { message: 'first' })
    expectStatus(first, 200)
    const asked = services.openai.requests().length
    await forgetReply(tenant)
    const retry = await ask(tenant, key, { message: 'first' })
    expect(retry.body).toEqual(first.body)
    expect(services.openai.requests().length).toBe(asked)
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(1)
    expect(await ChatConversation.find({ clerkId: tenant.clerkId }).lean()).toMatchObject([
      { messageCount: 2 },
    ])
  })

  it('in a conversation that goes on', async () => {
    const tenant = await freshTenant()
    const { conversationId } = (await tenant.call('POST', '/api/ai?action=chat', { json: { message: 'a' } }))
      .body
    const key = randomUUID()
    const json = { message: 'b', conversationId }
    const first = await ask(tenant, key, json)
    await tenant.call('POST', '/api/ai?action=chat', { json: { message: 'c', conversationId } })
    await forgetReply(tenant)
    const retry = await ask(tenant, key, json)
    expect(retry.body).toEqual(first.body)
    const stored = await ChatConversation.findOne({ clerkId: tenant.clerkId }).lean()
    expect(stored?.messageCount).toBe(6)
  })
})
