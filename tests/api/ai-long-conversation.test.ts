import { Types } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { MAX_MESSAGE_CHARS } from '../../lib/chat/contracts.ts'
import { appendExchange } from '../../lib/chat/internal/append.ts'
import { connect } from '../../lib/db/connect.ts'
import { expectProblem, expectStatus } from '../helpers/call.ts'
import { commandsOf } from '../helpers/commands.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { background } from '../setup/file.ts'
import { ask } from './ai-chat.ts'

const MiB = 1024 * 1024

type Stored = { from: number; messages: { content: string; role: string }[] }

async function documentsOf(conversationId: string) {
  await background.drain()
  const { db } = await connect()
  if (!db) throw new Error('no database')
  const _id = new Types.ObjectId(conversationId)
  const sized = [{ $addFields: { bytes: { $bsonSize: '$$ROOT' } } }]
  const [conversation] = await db
    .collection('chatconversations')
    .aggregate([{ $match: { _id } }, ...sized])
    .toArray()
  const buckets = await db
    .collection('chatbuckets')
    .aggregate<Stored & { bytes: number }>([
      { $match: { conversation: _id } },
      { $sort: { from: 1 } },
      ...sized,
    ])
    .toArray()
  if (!conversation) throw new Error('no conversation')
  const messages: Stored['messages'] = [
    ...buckets.flatMap(bucket => bucket.messages),
    ...conversation.messages,
  ]
  return {
    conversation,
    buckets,
    messages,
    largest: Math.max(conversation.bytes, ...buckets.map(({ bytes }) => bytes)),
  }
}

/** Each exchange is later than the one before, and than what a conversation begins with. */
let clock = Date.now() + 60_000

/** Adds exchanges as chat does, without asking a model for each. */
async function append(
  { clerkId }: Tenant,
  conversationId: string,
  count: number,
  chars: number,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    clock += 2
    const at = clock
    const question = { role: 'user' as const, content: `Q${i} ${'é'.repeat(chars)}`, timestamp: new Date(at) }
    const answer = {
      role: 'assistant' as const,
      content: `A${i} ${'é'.repeat(chars)}`,
      timestamp: new Date(at + 1),
    }
    const conversation = { id: conversationId, sessionId: 's', isNew: false, recent: [] }
    const exchange = { question, answer, userEmail: undefined, metadata: {}, effectId: null }
    await appendExchange(conversation, clerkId, exchange)
  }
}

async function begin(tenant: Tenant): Promise<string> {
  const answer = await ask(tenant, { message: 'Start' })
  expectStatus(answer, 200)
  return answer.body.conversationId
}

describe('a long conversation', () => {
  it('of the largest messages never has a document over 1 MiB, and loses nothing', async () => {
    const tenant = await freshTenant()
    const conversationId = await begin(tenant)
    await append(tenant, conversationId, 40, MAX_MESSAGE_CHARS - 4)
    const { conversation, buckets, messages, largest } = await documentsOf(conversationId)
    expect(largest).toBeLessThan(MiB)
    expect(messages).toHaveLength(82)
    expect(conversation.messageCount).toBe(82)
    expect(conversation.spilledCount).toBe(82 - conversation.messages.length)
    expect(messages.slice(2).map(({ content }) => content.split(' ')[0])).toEqual(
      Array.from({ length: 40 }, (_, i) => [`Q${i}`, `A${i}`]).flat(),
    )
    const positions = buckets.map(({ from, messages: held }) => [from, from + held.length])
    expect(positions.slice(1).map(([from]) => from)).toEqual(positions.slice(0, -1).map(([, end]) => end))
  })

  it('of many short messages holds a bounded number of them', async () => {
    const tenant = await freshTenant()
    const conversationId = await begin(tenant)
    await append(tenant, conversationId, 200, 10)
    const { conversation, messages } = await documentsOf(conversationId)
    expect(messages).toHaveLength(402)
    expect(conversation.messages.length).toBeLessThanOrEqual(102)
    expect(conversation.heldCount).toBe(conversation.messages.length)
  })

  it('written to by many at once, while it spills, loses and doubles nothing', async () => {
    const tenant = await freshTenant()
    const conversationId = await begin(tenant)
    await Promise.all(Array.from({ length: 10 }, () => append(tenant, conversationId, 15, 20_000)))
    const { conversation, messages, largest } = await documentsOf(conversationId)
    expect(messages).toHaveLength(302)
    expect(conversation.messageCount).toBe(302)
    expect(conversation.spilledCount + conversation.heldCount).toBe(302)
    expect(largest).toBeLessThan(MiB)
  })

  it('costs one write to add to, long as it is', async () => {
    const tenant = await freshTenant()
    const conversationId = await begin(tenant)
    await append(tenant, conversationId, 120, 10)
    await background.drain()
    expect(await commandsOf(() => append(tenant, conversationId, 1, 10))).toEqual([
      'findAndModify chatconversations',
    ])
  })

  it('from before sizes were kept goes on', async () => {
    const tenant = await freshTenant()
    const conversationId = await begin(tenant)
    const { db } = await connect()
    const kept = { heldBytes: '', heldCount: '', spilledCount: '' }
    await db
      ?.collection('chatconversations')
      .updateOne({ _id: new Types.ObjectId(conversationId) }, { $unset: kept })
    expectStatus(await ask(tenant, { message: 'Still there?', conversationId }), 200)
    const { conversation, messages } = await documentsOf(conversationId)
    expect(messages).toHaveLength(4)
    expect(conversation.heldCount).toBe(4)
  })

  it('that was deleted takes no more messages', async () => {
    const tenant = await freshTenant()
    const conversationId = await begin(tenant)
    const { db } = await connect()
    const _id = new Types.ObjectId(conversationId)
    await db?.collection('chatconversations').updateOne({ _id }, { $set: { conversationStatus: 'deleted' } })
    await expect(append(tenant, conversationId, 1, 10)).rejects.toThrow('There is no conversation')
    expectProblem(await ask(tenant, { message: 'Hello?', conversationId }), 404, 'not_found')
  })
})
