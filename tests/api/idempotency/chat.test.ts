import { randomUUID } from 'node:crypto'
import { Types } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { beginChat } from '../../../lib/chat/answer-chat.ts'
import { readCounters } from '../../../lib/limits/counters.ts'
import { findAccount } from '../../../lib/users/account.ts'
import { ChatConversation } from '../../../models/chat-conversation.ts'
import { IdempotencyRecord } from '../../../models/idempotency-record.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
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

  it('in a conversation that has gone on for long', async () => {
    const tenant = await freshTenant()
    const say = (json: object) => tenant.call('POST', '/api/ai?action=chat', { json })
    const { conversationId } = (await say({ message: 'a' })).body
    const key = randomUUID()
    const json = { message: 'b', conversationId }
    const first = await ask(tenant, key, json)
    for (let count = 0; count < 12; count++) await say({ message: 'c', conversationId })
    await forgetReply(tenant)
    const retry = await ask(tenant, key, json)
    expect(retry.body).toEqual(first.body)
    const stored = await ChatConversation.findOne({ clerkId: tenant.clerkId }).lean()
    expect(stored?.messageCount).toBe(28)
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(14)
  })

  it('is found in its own conversation, though its session has a newer one', async () => {
    const tenant = await freshTenant()
    const sessionId = 'shop-1'
    const key = randomUUID()
    const first = await ask(tenant, key, { message: 'a', sessionId })
    await ChatConversation.create({
      clerkId: tenant.clerkId,
      sessionId,
      conversationId: new Types.ObjectId().toHexString(),
      heldBytes: 0,
      heldCount: 0,
    })
    await forgetReply(tenant)
    expect((await ask(tenant, key, { message: 'a', sessionId })).body).toEqual(first.body)
  })

  it('is not found when its conversation was deleted since', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    expectStatus(await ask(tenant, key, { message: 'a' }), 200)
    await ChatConversation.updateOne({ clerkId: tenant.clerkId }, { $set: { conversationStatus: 'deleted' } })
    await forgetReply(tenant)
    expectProblem(await ask(tenant, key, { message: 'a' }), 404, 'not_found')
  })
})

describe('two attempts at one chat', () => {
  it.each(['new', 'known'])('make one exchange of a %s conversation and take one message', async which => {
    const tenant = await freshTenant()
    const { clerkId } = tenant
    const account = await findAccount(clerkId)
    if (!account) throw new Error('no account')
    const known = await tenant.call('POST', '/api/ai?action=chat', { json: { message: 'before' } })
    const request = {
      message: 'once',
      knowledge: false,
      stream: false,
      ...(which === 'known' && { conversationId: known.body.conversationId }),
    }
    const id = new Types.ObjectId().toHexString()
    const caller = { kind: 'user', clerkId, account } as const
    const attempt = async () => (await beginChat(caller, 'openai', request, id)).answer()
    const [one, other] = await Promise.all([attempt(), attempt()])
    expect(one).toEqual(other)
    const stored = await ChatConversation.find({ clerkId }).lean()
    const questions = stored.flatMap(({ messages }) => messages.filter(({ content }) => content === 'once'))
    expect(questions).toHaveLength(1)
    expect((await readCounters(clerkId)).chatMessages).toBe(2)
  })
})
