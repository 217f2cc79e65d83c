import { randomUUID } from 'node:crypto'
import { Types } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { ChatConversation } from '../../models/chat-conversation.ts'
import { expectProblem, expectStatus } from '../helpers/call.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { ask, countConversations, lastAsked, storedConversation } from './ai-chat.ts'
import { atCommand } from './files/stored.ts'

async function begin(tenant: Tenant, message = 'My cat is called Mina.', names: object = {}) {
  const answer = await ask(tenant, { message, ...names })
  expectStatus(answer, 200)
  return answer.body as { conversationId: string; sessionId: string; message: { content: string } }
}

const setStatus = (tenant: Tenant, id: string, conversationStatus: 'deleted' | 'archived') =>
  ChatConversation.updateOne({ _id: id, clerkId: tenant.clerkId }, { $set: { conversationStatus } })

describe('a conversation', () => {
  it.each(['conversationId', 'sessionId'] as const)(
    'goes on by its %s, the model knowing what was said',
    async name => {
      const tenant = await freshTenant()
      const first = await begin(tenant)
      const second = await ask(tenant, { message: 'What is my cat called?', [name]: first[name] })
      expectStatus(second, 200)
      expect(second.body).toMatchObject({ conversationId: first.conversationId, sessionId: first.sessionId })
      expect(lastAsked().messages).toEqual([
        { role: 'user', content: 'My cat is called Mina.' },
        { role: 'assistant', content: first.message.content },
        { role: 'user', content: 'What is my cat called?' },
      ])
      const stored = await storedConversation(first.conversationId)
      expect(stored?.messageCount).toBe(4)
      expect(stored?.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant'])
      expect(stored?.lastMessageAt?.toISOString()).toBe(second.body.message.timestamp)
    },
  )

  it('keeps the session id that an authenticated caller gives, and goes on with its newest conversation', async () => {
    const tenant = await freshTenant()
    const sessionId = `crm-${randomUUID()}`
    const first = await begin(tenant, 'One', { sessionId })
    expect(first.sessionId).toBe(sessionId)
    expect((await begin(tenant, 'Two', { sessionId })).conversationId).toBe(first.conversationId)
  })

  it('with the same session id is another one for another tenant', async () => {
    const tenant = await freshTenant()
    const other = await freshTenant()
    const sessionId = `crm-${randomUUID()}`
    const first = await begin(tenant, 'The code word is heron.', { sessionId })
    const foreign = await begin(other, 'What is the code word?', { sessionId })
    expect(foreign.conversationId).not.toBe(first.conversationId)
    expect(JSON.stringify(lastAsked())).not.toContain('heron')
  })

  it('is not the newest history that fits when the client brings its own', async () => {
    const tenant = await freshTenant()
    const { conversationId } = await begin(tenant)
    await ask(tenant, { conversationId, messages: [{ role: 'user', content: 'Only this.' }] })
    expect(lastAsked().messages).toEqual([{ role: 'user', content: 'Only this.' }])
    expect((await storedConversation(conversationId))?.messageCount).toBe(4)
  })

  it('sends as much of the end of a long history as 32,000 tokens hold', async () => {
    const tenant = await freshTenant()
    const { conversationId } = await begin(tenant, 'Ancient.')
    const words = (count: number) => 'word '.repeat(count)
    await ask(tenant, { conversationId, message: `Old ${words(19_000)}` })
    await ask(tenant, { conversationId, message: `Recent ${words(15_000)}` })
    await ask(tenant, { conversationId, message: 'Now?' })
    const asked = lastAsked().messages.map(({ content }) => content.slice(0, 10).trim())
    expect(asked.some(content => content.startsWith('Ancient') || content.startsWith('Old'))).toBe(false)
    expect(asked).toContain('Recent wor')
    expect(asked.at(-1)).toBe('Now?')
  })

  it('of another tenant is 404, by id, and nothing is added', async () => {
    const owner = await freshTenant()
    const { conversationId, sessionId } = await begin(owner)
    const before = await storedConversation(conversationId)
    const asked = services.openai.requests().length
    for (const stranger of [await freshTenant(), await freshTenant({ role: 'admin' })]) {
      for (const names of [{ conversationId }, { conversationId, sessionId }])
        expectProblem(await ask(stranger, { message: 'Let me in', ...names }), 404, 'not_found')
    }
    expect(await storedConversation(conversationId)).toEqual(before)
    expect(services.openai.requests().length).toBe(asked)
  })

  it('that never was is 404, and is not made', async () => {
    const tenant = await freshTenant()
    const conversationId = new Types.ObjectId().toHexString()
    expectProblem(await ask(tenant, { message: 'Hi', conversationId }), 404, 'not_found')
    expect(await storedConversation(conversationId)).toBeNull()
  })

  it('that was deleted is 404 by its id, and begins anew by its session', async () => {
    const tenant = await freshTenant()
    const first = await begin(tenant)
    await setStatus(tenant, first.conversationId, 'deleted')
    const { conversationId, sessionId } = first
    expectProblem(await ask(tenant, { message: 'Hi', conversationId }), 404, 'not_found')
    expect((await begin(tenant, 'Hi', { sessionId })).conversationId).not.toBe(conversationId)
    expect((await storedConversation(conversationId))?.messageCount).toBe(2)
  })

  it('that is deleted while the model answers gets nothing added', async () => {
    const tenant = await freshTenant()
    const { conversationId } = await begin(tenant)
    services.openai.failNext(429, 2)
    const opened = Promise.withResolvers<void>()
    await atCommand('update', 'usagecounters', opened.resolve)
    const answering = ask(tenant, { message: 'Still there?', conversationId })
    await opened.promise
    await setStatus(tenant, conversationId, 'deleted')
    expectProblem(await answering, 404, 'not_found')
    expect((await storedConversation(conversationId))?.messageCount).toBe(2)
  })

  it('loses nothing to twenty answers at once, and stays in the order of time', async () => {
    const tenant = await freshTenant()
    const { conversationId } = await begin(tenant, 'Start')
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => ask(tenant, { message: `Question ${i}`, conversationId })),
    )
    for (const answer of answers) expectStatus(answer, 200)
    const stored = await storedConversation(conversationId)
    expect(stored?.messageCount).toBe(42)
    const messages = stored?.messages ?? []
    expect(messages).toHaveLength(42)
    const times = messages.map(({ timestamp }) => timestamp?.getTime() ?? 0)
    expect(times).toEqual(times.toSorted((a, b) => a - b))
    for (let i = 0; i < 20; i++) {
      const question = messages.findIndex(({ content }) => content === `Question ${i}`)
      const reply = messages.findIndex(({ content }) => content.endsWith(`"Question ${i}"`))
      expect(question).toBeGreaterThan(-1)
      expect(reply).toBeGreaterThan(question)
    }
    expect(stored?.lastMessageAt?.getTime()).toBe(Math.max(...times))
  })

  it('is made once, however it is begun', async () => {
    const tenant = await freshTenant()
    const before = await countConversations()
    await begin(tenant)
    expect(await countConversations()).toBe(before + 1)
  })
})
