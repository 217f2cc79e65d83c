import { randomUUID } from 'node:crypto'
import { Types } from 'mongoose'
import { describe, expect, it, vi } from 'vitest'
import { appendExchange } from '../../lib/chat/internal/append.ts'
import { ChatBucket } from '../../models/chat-bucket.ts'
import { ChatConversation } from '../../models/chat-conversation.ts'
import { User } from '../../models/user.ts'
import { CHAT, storedConversation } from '../api/ai-chat.ts'
import { expectStatus } from '../helpers/call.ts'
import { commandsOf } from '../helpers/commands.ts'
import { readEvents, restOf } from '../helpers/events.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { overInstances, times } from './over-instances.ts'

const instances = overInstances(2)
const path = (id: string, query = '') => `/api/app/conversations/${id}${query}`

type Read = { role: string; content: string; timestamp: string }

async function readAll(tenant: Tenant, id: string, limit: number): Promise<Read[]> {
  const pages: Read[][] = []
  for (let cursor = ''; ; ) {
    const page = await tenant.call('GET', path(id, `?limit=${limit}${cursor && `&cursor=${cursor}`}`))
    expectStatus(page, 200)
    pages.unshift(page.body.messages)
    if (page.body.nextCursor === null) return pages.flat()
    cursor = page.body.nextCursor
  }
}

describe('200 answers in one conversation by ten writers at once', () => {
  it('are all there once, in the order of time, read in pages of any size', async () => {
    const tenant = await freshTenant({ plan: 'professional' })
    await User.updateOne({ clerkId: tenant.clerkId }, { $set: { limits: { requestsPerMinute: null } } })
    const sessionId = randomUUID()
    const say = (index: number) => {
      const json = { message: `Question ${index}`, sessionId }
      return instances.nth(index).send('POST', CHAT, { headers: tenant.session, json })
    }
    const answers = await times(200, say, 10)
    expect(answers.map(({ status }) => status)).toEqual(Array(200).fill(200))
    const ids = new Set(answers.map(({ body }) => body.conversationId))
    expect(ids.size).toBe(1)
    const [id = ''] = ids
    await vi.waitFor(
      async () => expect((await storedConversation(id))?.spilledCount).toBeGreaterThan(200),
      5_000,
    )
    const messages = await readAll(tenant, id, 30)
    expect(messages).toHaveLength(400)
    const asked = messages.filter(({ role }) => role === 'user').map(({ content }) => content)
    expect(new Set(asked).size).toBe(200)
    const moments = messages.map(({ timestamp }) => timestamp)
    expect(moments).toEqual(moments.toSorted())
    expect(await readAll(tenant, id, 100)).toEqual(messages)
    expect((await storedConversation(id))?.messageCount).toBe(400)
  }, 60_000)
})

/** A conversation of so many messages as chat would have left it. */
async function conversationOf(clerkId: string, count: number): Promise<string> {
  const _id = new Types.ObjectId()
  const begin = Date.now() - count * 1000
  const message = (index: number) => ({
    role: index % 2 ? ('assistant' as const) : ('user' as const),
    content: `Message ${index} of a conversation that goes on and on.`,
    timestamp: new Date(begin + index * 1000),
  })
  const held = Math.min(count, 50)
  const spilledCount = count - held
  const messages = Array.from({ length: held }, (_, index) => message(spilledCount + index))
  const heldBytes = held * 120
  const fields = { messageCount: count, heldCount: held, heldBytes, spilledCount, lastMessageAt: new Date() }
  await ChatConversation.create({ _id, clerkId, sessionId: randomUUID(), messages, ...fields })
  const buckets = Array.from({ length: Math.ceil(spilledCount / 50) }, (_, bucket) => {
    const from = bucket * 50
    const size = Math.min(50, spilledCount - from)
    return {
      conversation: _id,
      clerkId,
      from,
      messages: Array.from({ length: size }, (_, i) => message(from + i)),
    }
  })
  if (buckets.length > 0) await ChatBucket.insertMany(buckets)
  return _id.toHexString()
}

async function appendTime(clerkId: string, id: string): Promise<number> {
  const question = { role: 'user' as const, content: 'And?', timestamp: new Date() }
  const answer = { role: 'assistant' as const, content: 'So on.', timestamp: new Date() }
  const exchange = { question, answer, userEmail: undefined, metadata: {}, effectId: null }
  const before = performance.now()
  await appendExchange({ id, sessionId: 's', isNew: false, recent: [] }, clerkId, exchange)
  return performance.now() - before
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

describe('a conversation of 20,000 messages', () => {
  it('is added to in the time that one of 20 takes', async () => {
    const { clerkId } = await freshTenant()
    const [short, long] = [await conversationOf(clerkId, 20), await conversationOf(clerkId, 20_000)]
    for (let i = 0; i < 20; i++) await appendTime(clerkId, i % 2 ? short : long)
    const ofShort: number[] = []
    const ofLong: number[] = []
    for (let i = 0; i < 300; i++) {
      ofShort.push(await appendTime(clerkId, short))
      ofLong.push(await appendTime(clerkId, long))
    }
    const ratio = median(ofLong) / median(ofShort)
    expect(ratio, `${median(ofLong)} ms beside ${median(ofShort)} ms`).toBeLessThan(1.3)
  }, 60_000)

  it('is read in pages at the cost of two commands, wherever the page lies', async () => {
    const tenant = await freshTenant()
    const id = await conversationOf(tenant.clerkId, 20_000)
    const read = (cursor: string) => tenant.call('GET', path(id, `?limit=100${cursor}`))
    await read('')
    for (const cursor of ['', '&cursor=s19000', '&cursor=s100']) {
      const commands = await commandsOf(() => read(cursor))
      const ofChat = commands.filter(command => /chat/.test(command))
      expect(ofChat, cursor).toEqual(['find chatconversations', 'find chatbuckets'])
    }
    const page = await read('&cursor=s10020')
    expect(page.body.messages.map(({ content }: Read) => Number(/\d+/.exec(content)?.[0]))).toEqual(
      Array.from({ length: 100 }, (_, index) => 9_920 + index),
    )
    expect(page.body.nextCursor).toBe('s9920')
  })
})

const begun = async (answer: Promise<Response>) =>
  (await (await answer).json()) as { conversationId: string; sessionId: string }

describe('an answer streamed by one instance', () => {
  it('is stopped through another one within two seconds', async () => {
    const { session: headers } = await freshTenant()
    const response = await fetch(`${instances.nth(0).url}${CHAT}`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: JSON.stringify({ message: 'Tell me 900 words', stream: true }),
    })
    const id = response.headers.get('x-conversation-id') ?? ''
    const events = readEvents(response)
    await events.next()
    await events.next()
    const before = performance.now()
    const stop = `/api/ai?action=stop&conversationId=${id}`
    const stopped = await instances.nth(1).send('POST', stop, { headers })
    expect(stopped.body).toEqual({ conversationId: id, stopped: 1 })
    const told = (await restOf(events)).at(-1)
    expect(performance.now() - before).toBeLessThan(2_000)
    expect(told).toMatchObject({ event: 'completed', data: { message: { unfinished: true } } })
    expect((await storedConversation(id))?.messages[1]?.content).toBe(told?.data.message.content)
  })

  it('to a visitor who signs in meanwhile is theirs in the end', async () => {
    const ask = async (headers: Record<string, string>, json: object) => {
      const sent = { ...headers, 'Content-Type': 'application/json' }
      const init = { method: 'POST', headers: sent, body: JSON.stringify(json) }
      return fetch(`${instances.nth(0).url}${CHAT}`, init)
    }
    const { conversationId, sessionId } = await begun(ask({}, { message: 'I am new here.' }))
    const running = await ask({}, { message: 'Tell me 50 words', conversationId, sessionId, stream: true })
    const events = readEvents(running)
    await events.next()
    const tenant = await freshTenant()
    const signedIn = await begun(ask(tenant.session, { message: 'Hello again', sessionId }))
    expect(signedIn.conversationId).toBe(conversationId)
    expect((await restOf(events)).at(-1)?.event).toBe('completed')
    const read = await tenant.call('GET', path(conversationId))
    expect(read.body.messageCount).toBe(6)
    expect(read.body.messages).toHaveLength(6)
  })

  it('to a visitor’s first question is theirs, too, though they sign in before it is stored', async () => {
    const ask = (headers: Record<string, string>, json: object) =>
      fetch(`${instances.nth(0).url}${CHAT}`, {
        method: 'POST',
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: JSON.stringify(json),
      })
    const running = await ask({}, { message: 'Tell me 60 words', stream: true })
    const conversationId = running.headers.get('x-conversation-id')
    const sessionId = running.headers.get('x-session-id')
    const tenant = await freshTenant()
    const signedIn = await begun(ask(tenant.session, { message: 'Hello again', sessionId }))
    expect(signedIn.conversationId).toBe(conversationId)
    expect((await restOf(readEvents(running))).at(-1)?.event).toBe('completed')
    const read = await tenant.call('GET', path(signedIn.conversationId))
    expect(read.body.messages).toHaveLength(4)
  })
})

describe('an answer that took longer than a hundred others', () => {
  it('keeps the order of time, though what was asked after it has spilled', async () => {
    const tenant = await freshTenant()
    const id = await conversationOf(tenant.clerkId, 20)
    const slow = new Date()
    for (let i = 0; i < 120; i++) await appendTime(tenant.clerkId, id)
    await vi.waitFor(async () => expect((await storedConversation(id))?.spilledCount).toBeGreaterThan(100))
    const question = { role: 'user' as const, content: 'Slow', timestamp: slow }
    const answer = { role: 'assistant' as const, content: 'At last', timestamp: new Date() }
    const exchange = { question, answer, userEmail: undefined, metadata: {}, effectId: null }
    await appendExchange({ id, sessionId: 's', isNew: false, recent: [] }, tenant.clerkId, exchange)
    const messages = await readAll(tenant, id, 100)
    expect(messages).toHaveLength(262)
    const moments = messages.map(({ timestamp }) => timestamp)
    expect(moments).toEqual(moments.toSorted())
  })
})

describe('50 of the largest exchanges in one conversation at once', () => {
  it('are all stored', async () => {
    const tenant = await freshTenant()
    const id = await conversationOf(tenant.clerkId, 2)
    const content = '界'.repeat(99_000)
    const append = () => {
      const question = { role: 'user' as const, content, timestamp: new Date() }
      const answer = { role: 'assistant' as const, content, timestamp: new Date() }
      const exchange = { question, answer, userEmail: undefined, metadata: {}, effectId: null }
      return appendExchange({ id, sessionId: 's', isNew: false, recent: [] }, tenant.clerkId, exchange)
    }
    await Promise.all(Array.from({ length: 50 }, append))
    expect((await storedConversation(id))?.messageCount).toBe(102)
    const page = await tenant.call('GET', path(id, '?limit=100'))
    expect(JSON.stringify(page.body).length).toBeLessThan(4_000_000)
    expect(page.body.messages.length).toBeLessThan(20)
    expect(page.body.nextCursor).not.toBeNull()
  }, 60_000)
})
