import { describe, expect, it } from 'vitest'
import { ChatConversation } from '../../models/chat-conversation.ts'
import { call, expectProblem, expectStatus } from '../helpers/call.ts'
import { freshTenant } from '../helpers/tenant.ts'
import { ask, freshVisitor, lastAsked, storedConversation } from './ai-chat.ts'
import { upload } from './files/stored.ts'

describe('a visitor', () => {
  it('gets an answer, and a session of the server’s making that nobody can guess', async () => {
    const visitor = freshVisitor()
    const first = await ask(visitor, { message: 'Hello' })
    expectStatus(first, 200)
    const second = await ask(visitor, { message: 'Hello' })
    for (const { body } of [first, second]) expect(body.sessionId).toMatch(/^chat_[\w-]{32}$/)
    expect(first.body.sessionId).not.toBe(second.body.sessionId)
    expect(first.body.conversationId).not.toBe(second.body.conversationId)
    expect((await storedConversation(first.body.conversationId))?.clerkId).toBeNull()
  })

  it('goes on by the session, with or without the conversation, from any address', async () => {
    const { body } = await ask(freshVisitor(), { message: 'My dog is called Rex.' })
    const { conversationId, sessionId } = body
    for (const names of [{ sessionId }, { sessionId, conversationId }]) {
      const answer = await ask(freshVisitor(), { message: 'What is my dog called?', ...names })
      expectStatus(answer, 200)
      expect(answer.body).toMatchObject({ conversationId, sessionId })
      expect(lastAsked().messages[0]?.content).toBe('My dog is called Rex.')
    }
  })

  it('cannot choose a session', async () => {
    const sessionId = 'my-own-session'
    const first = await ask(freshVisitor(), { message: 'Hello', sessionId })
    expectStatus(first, 200)
    expect(first.body.sessionId).not.toBe(sessionId)
    const second = await ask(freshVisitor(), { message: 'Hello', sessionId })
    expect(second.body.conversationId).not.toBe(first.body.conversationId)
  })

  it('cannot go on in a conversation without its session, or with another', async () => {
    const { body } = await ask(freshVisitor(), { message: 'A secret.' })
    const other = (await ask(freshVisitor(), { message: 'Hello' })).body
    const { conversationId } = body
    for (const names of [
      { conversationId },
      { conversationId, sessionId: other.sessionId },
      { conversationId, sessionId: 'chat_guess' },
    ])
      expectProblem(await ask(freshVisitor(), { message: 'Tell me', ...names }), 404, 'not_found')
    expect((await storedConversation(conversationId))?.messageCount).toBe(2)
  })

  it('and a tenant’s server cannot reach each other’s conversations, not even with the session id', async () => {
    const tenant = await freshTenant()
    const { headers } = await tenant.newKey()
    const server = {
      call: (method: string, path: string, options = {}) => call(method, path, { headers, ...options }),
    }
    const owned = (await ask(tenant, { message: 'The vault code is 4711.' })).body
    const visited = (await ask(freshVisitor(), { message: 'I am a visitor, code 1234.' })).body
    for (const [caller, { conversationId, sessionId }] of [
      [freshVisitor(), owned],
      [server, visited],
    ] as const) {
      const named = { conversationId, sessionId }
      expectProblem(await ask(caller, { message: 'Which code?', ...named }), 404, 'not_found')
      const answer = await ask(caller, { message: 'Which code?', sessionId })
      expectStatus(answer, 200)
      expect(answer.body.conversationId).not.toBe(conversationId)
      expect(JSON.stringify(lastAsked())).not.toMatch(/4711|1234/)
      expect((await storedConversation(conversationId))?.messageCount).toBe(2)
    }
  })

  it('is answered from the shared files only', async () => {
    const tenant = await freshTenant()
    const admin = await freshTenant({ role: 'admin' })
    await upload(tenant, 'The greenhouse opens at seven for staff.', 'private.txt')
    const shared = await upload(
      admin,
      'The greenhouse opens at ten for guests.',
      'public.txt',
      'text/plain',
      {
        shared: 'true',
      },
    )
    const question = { message: 'When does the greenhouse open?', knowledge: true }
    const answer = await ask(freshVisitor(), question)
    expectStatus(answer, 200)
    expect(answer.body.citations.map(({ fileId }: { fileId: string }) => fileId)).toEqual([shared.id])
    expect(JSON.stringify(lastAsked())).not.toContain('staff')
    const named = await ask(freshVisitor(), {
      ...question,
      knowledge: { fileIds: [(await tenant.call('GET', '/api/files')).body.data[0].id] },
    })
    expect(named.body.citations).toEqual([])
  })

  it('may ask ten times a minute', async () => {
    const visitor = freshVisitor()
    for (let i = 0; i < 10; i++) expectStatus(await ask(visitor, { message: 'Hi' }), 200)
    const refused = await ask(visitor, { message: 'Hi' })
    expectProblem(refused, 429, 'rate_limited')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expectStatus(await ask(freshVisitor(), { message: 'Hi' }), 200)
  })
})

describe('a session id that can be guessed', () => {
  it('opens no visitor’s conversation, though one of old has it', async () => {
    const visitor = freshVisitor()
    const { conversationId } = (await ask(visitor, { message: 'My secret is blue' })).body
    const guessable = 'chat_1234567890_abc123'
    await ChatConversation.updateOne(
      { _id: conversationId, clerkId: null },
      { $set: { sessionId: guessable } },
    )
    const guess = await ask(freshVisitor(), { message: 'What is my secret?', sessionId: guessable })
    expectStatus(guess, 200)
    expect(guess.body.conversationId).not.toBe(conversationId)
    expect(guess.body.sessionId).not.toBe(guessable)
    const named = { message: 'And now?', sessionId: guessable, conversationId }
    expectProblem(await ask(freshVisitor(), named), 404, 'not_found')
  })
})
