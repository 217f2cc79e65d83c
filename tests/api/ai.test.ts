import { describe, expect, it } from 'vitest'
import { call, expectProblem, expectStatus } from '../helpers/call.ts'
import { freshTenant } from '../helpers/tenant.ts'
import { ask, CHAT, countConversations, lastAsked, storedConversation } from './ai-chat.ts'

describe('POST /api/ai?action=chat', () => {
  it('answers in the shape that the contract promises, and stores what was said', async () => {
    const tenant = await freshTenant()
    const answer = await ask(tenant, { message: 'Hello there' })
    expectStatus(answer, 200)
    expect(answer.body).toEqual({
      conversationId: expect.stringMatching(/^[0-9a-f]{24}$/),
      sessionId: expect.stringMatching(/^chat_[\w-]{32}$/),
      message: {
        role: 'assistant',
        content: 'Happy to help! You said: "Hello there"',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      },
      citations: [],
      usage: {
        promptTokens: expect.any(Number),
        completionTokens: expect.any(Number),
        totalTokens: expect.any(Number),
      },
      provider: 'openai',
      model: 'gpt-4o-mini',
    })
    const { promptTokens, completionTokens, totalTokens } = answer.body.usage
    expect(promptTokens).toBeGreaterThan(0)
    expect(totalTokens).toBe(promptTokens + completionTokens)

    const stored = await storedConversation(answer.body.conversationId)
    expect(stored).toMatchObject({
      clerkId: tenant.clerkId,
      sessionId: answer.body.sessionId,
      conversationId: answer.body.conversationId,
      title: 'Hello there',
      conversationStatus: 'active',
      type: 'chat',
      messageCount: 2,
      userEmail: null,
      metadata: { provider: 'openai', model: 'gpt-4o-mini', tokens_used: totalTokens },
    })
    expect(stored?.messages).toMatchObject([
      { role: 'user', content: 'Hello there' },
      { role: 'assistant', content: answer.body.message.content },
    ])
    expect(stored?.lastMessageAt?.toISOString()).toBe(answer.body.message.timestamp)
    expect(stored?.messages[1]?.timestamp?.toISOString()).toBe(answer.body.message.timestamp)
  })

  it('serves an API key, and openai when no provider is named', async () => {
    const tenant = await freshTenant()
    const { headers } = await tenant.newKey()
    const answer = await call('POST', '/api/ai?action=chat', { json: { message: 'Hi' }, headers })
    expectStatus(answer, 200)
    expect(answer.body.provider).toBe('openai')
    expect((await storedConversation(answer.body.conversationId))?.clerkId).toBe(tenant.clerkId)
  })

  it('passes model, temperature, maxTokens and system on', async () => {
    const tenant = await freshTenant()
    const answer = await ask(tenant, {
      message: 'Hi',
      model: 'gpt-4o',
      temperature: 0.3,
      maxTokens: 77,
      system: 'Answer in verse.',
    })
    expectStatus(answer, 200)
    expect(answer.body.model).toBe('gpt-4o')
    expect(lastAsked()).toEqual({
      model: 'gpt-4o',
      temperature: 0.3,
      max_completion_tokens: 77,
      messages: [
        { role: 'system', content: 'Answer in verse.' },
        { role: 'user', content: 'Hi' },
      ],
    })
  })

  it('sends nothing that was not asked for', async () => {
    await ask(await freshTenant(), { message: 'Hi' })
    expect(lastAsked()).toEqual({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hi' }] })
  })

  it('takes temperature 0', async () => {
    await ask(await freshTenant(), { message: 'Hi', temperature: 0 })
    expect(lastAsked().temperature).toBe(0)
  })

  it('takes the messages so far, all of them, and stores the newest question only', async () => {
    const tenant = await freshTenant()
    const messages = [
      { role: 'user', content: 'My cat is called Mina.' },
      { role: 'assistant', content: 'A fine name.' },
      { role: 'user', content: `Some background: ${'x'.repeat(50_000)}` },
      { role: 'assistant', content: 'Noted.' },
      { role: 'user', content: 'What is my cat called?' },
    ]
    const answer = await ask(tenant, { messages })
    expectStatus(answer, 200)
    expect(lastAsked().messages).toEqual(messages)
    const stored = await storedConversation(answer.body.conversationId)
    expect(stored?.messageCount).toBe(2)
    expect(stored?.messages[0]?.content).toBe('What is my cat called?')
  })

  it('keeps an address that the client tells', async () => {
    const answer = await ask(await freshTenant(), { message: 'Hi', userEmail: 'élodie@example.com' })
    expect((await storedConversation(answer.body.conversationId))?.userEmail).toBe('élodie@example.com')
  })

  it('titles a conversation by the beginning of its first question, whole characters only', async () => {
    const tenant = await freshTenant()
    const answer = await ask(tenant, { message: `${'a'.repeat(79)}🐝 and so on` })
    const stored = await storedConversation(answer.body.conversationId)
    expect(stored?.title?.startsWith('a'.repeat(79))).toBe(true)
    expect(stored?.title?.length).toBe(80)
    const { conversationId } = answer.body
    await ask(tenant, { message: 'Another', conversationId })
    expect((await storedConversation(conversationId))?.title).toBe(stored?.title)
  })

  it('takes a message of 100,000 characters, beyond ASCII too', async () => {
    const tenant = await freshTenant()
    const message = '東京é'.repeat(33_334).slice(0, 100_000)
    const answer = await ask(tenant, { message })
    expectStatus(answer, 200)
    expect(lastAsked().messages[0]?.content).toBe(message)
    const stored = await storedConversation(answer.body.conversationId)
    expect(stored?.messages[0]?.content).toBe(message)
  })
})

describe('a chat body that is not right', () => {
  it.each([
    ['neither message nor messages', {}, 'message'],
    ['both', { message: 'a', messages: [{ role: 'user', content: 'a' }] }, 'message'],
    ['an empty message', { message: '' }, 'message'],
    ['a message that is no text', { message: { $gt: '' } }, 'message'],
    ['100,001 characters', { message: 'x'.repeat(100_001) }, 'message'],
    [
      '100,001 characters among messages',
      { messages: [{ role: 'user', content: 'x'.repeat(100_001) }] },
      'messages.0.content',
    ],
    ['no messages', { messages: [] }, 'messages'],
    ['101 messages', { messages: Array(101).fill({ role: 'user', content: 'a' }) }, 'messages'],
    ['a last message of the assistant', { messages: [{ role: 'assistant', content: 'a' }] }, 'messages'],
    ['an unknown role', { messages: [{ role: 'tool', content: 'a' }] }, 'messages.0.role'],
    [
      'an unknown field in a message',
      { messages: [{ role: 'user', content: 'a', name: 'x' }] },
      'messages.0.name',
    ],
    ['streaming that is neither true nor false', { message: 'a', stream: 'yes' }, 'stream'],
    ['an unknown field', { message: 'a', clerkId: 'user_1' }, 'clerkId'],
    ['a malformed conversation id', { message: 'a', conversationId: 'x' }, 'conversationId'],
    ['an empty session id', { message: 'a', sessionId: '' }, 'sessionId'],
    ['a session id that is no text', { message: 'a', sessionId: { $ne: null } }, 'sessionId'],
    ['temperature 2.1', { message: 'a', temperature: 2.1 }, 'temperature'],
    ['no tokens', { message: 'a', maxTokens: 0 }, 'maxTokens'],
    ['a broken number of tokens', { message: 'a', maxTokens: 1.5 }, 'maxTokens'],
    ['an address that is none', { message: 'a', userEmail: 'x' }, 'userEmail'],
  ])('is refused: %s', async (_kind, json, path) => {
    const tenant = await freshTenant()
    const before = await countConversations()
    const answer = await ask(tenant, json)
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path)
    expect(await countConversations()).toBe(before)
  })

  it.each([
    ['no passages', { topK: 0 }],
    ['too many passages', { topK: 21 }],
    ['no files', { fileIds: [] }],
    ['a malformed file id', { fileIds: ['x'] }],
    ['an unknown field', { tenant: 'x' }],
    ['a text', 'yes'],
  ])('is refused in knowledge: %s', async (_kind, knowledge) => {
    const answer = await ask(await freshTenant(), { message: 'a', knowledge })
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors[0].path).toMatch(/^knowledge/)
  })

  it('is refused without a JSON content type, and when it is no JSON', async () => {
    const tenant = await freshTenant()
    const plain = await tenant.call('POST', CHAT, { body: 'x', headers: { 'Content-Type': 'text/plain' } })
    expectProblem(plain, 415, 'unsupported_media_type')
    const broken = await tenant.call('POST', CHAT, {
      body: '{"message":',
      headers: { 'Content-Type': 'application/json' },
    })
    expectProblem(broken, 400, 'invalid_input')
  })

  it.each(['', '?provider=openai', '?action=dance', '?action='])('is refused at /api/ai%s', async query => {
    const tenant = await freshTenant()
    const answer = await tenant.call('POST', `/api/ai${query}`, { json: { message: 'a' } })
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors[0].path).toBe('action')
  })

  it('is refused for an unknown provider', async () => {
    const tenant = await freshTenant()
    const answer = await tenant.call('POST', '/api/ai?provider=skynet&action=chat', {
      json: { message: 'a' },
    })
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors[0].path).toBe('provider')
  })
})
