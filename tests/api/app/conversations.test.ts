import { randomUUID } from 'node:crypto'
import { Types } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { ChatConversation } from '../../../models/chat-conversation.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { ask, freshVisitor, lastAsked, storedConversation } from '../ai-chat.ts'

const CONVERSATIONS = '/api/app/conversations'

type Begun = { conversationId: string; sessionId: string; message: { content: string; timestamp: string } }

async function begin(tenant: Pick<Tenant, 'call'>, message = 'Hello', names: object = {}): Promise<Begun> {
  const answer = await ask(tenant, { message, ...names })
  expectStatus(answer, 200)
  return answer.body
}

const idsOf = (answer: { body: { data: { id: string }[] } }) => answer.body.data.map(({ id }) => id)

describe('the list of conversations', () => {
  it('is newest first by its last message, without messages', async () => {
    const tenant = await freshTenant()
    const first = await begin(tenant, 'The first one')
    const second = await begin(tenant, 'The second one')
    await begin(tenant, 'Once more', { conversationId: first.conversationId })
    const answer = await tenant.call('GET', CONVERSATIONS)
    expectStatus(answer, 200)
    expect(idsOf(answer)).toEqual([first.conversationId, second.conversationId])
    expect(answer.body.data[1]).toEqual({
      id: second.conversationId,
      sessionId: second.sessionId,
      title: 'The second one',
      status: 'active',
      messageCount: 2,
      lastMessageAt: second.message.timestamp,
      createdAt: expect.any(String),
    })
    expect(answer.body.nextCursor).toBeNull()
  })

  it('goes on page by page, though several were last spoken in at one moment', async () => {
    const { call, clerkId } = await freshTenant()
    const lastMessageAt = new Date('2026-01-01')
    const made = await ChatConversation.insertMany(
      Array.from({ length: 7 }, (_, i) => ({
        clerkId,
        sessionId: `s${i}`,
        lastMessageAt: i < 5 ? lastMessageAt : new Date('2026-02-01'),
      })),
    )
    const seen: string[] = []
    let cursor = ''
    do {
      const page = await call('GET', `${CONVERSATIONS}?limit=2${cursor && `&cursor=${cursor}`}`)
      expectStatus(page, 200)
      seen.push(...idsOf(page))
      cursor = page.body.nextCursor ?? ''
    } while (cursor)
    expect(new Set(seen)).toEqual(new Set(made.map(({ id }) => id)))
    expect(seen).toHaveLength(7)
  })

  it('shows the archived ones when asked for them, and deleted ones never', async () => {
    const tenant = await freshTenant()
    const { conversationId: archived } = await begin(tenant)
    const { conversationId: deleted } = await begin(tenant)
    expectStatus(
      await tenant.call('PATCH', `${CONVERSATIONS}/${archived}`, { json: { status: 'archived' } }),
      200,
    )
    expectStatus(await tenant.call('DELETE', `${CONVERSATIONS}/${deleted}`), 200)
    expect(idsOf(await tenant.call('GET', CONVERSATIONS))).toEqual([])
    expect(idsOf(await tenant.call('GET', `${CONVERSATIONS}?status=archived`))).toEqual([archived])
    expectProblem(await tenant.call('GET', `${CONVERSATIONS}?status=deleted`), 400, 'invalid_input')
  })

  it.each(['x', 'AAAA', Buffer.from('1.zz').toString('base64url')])('refuses the cursor %s', async cursor => {
    const tenant = await freshTenant()
    expectProblem(await tenant.call('GET', `${CONVERSATIONS}?cursor=${cursor}`), 400, 'invalid_input')
  })
})

describe('a conversation', () => {
  it('is read with its messages in time order', async () => {
    const tenant = await freshTenant()
    const { conversationId, sessionId } = await begin(tenant, 'One')
    const last = await begin(tenant, 'Two', { conversationId })
    const answer = await tenant.call('GET', `${CONVERSATIONS}/${conversationId}`)
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({
      id: conversationId,
      sessionId,
      title: 'One',
      messageCount: 4,
      nextCursor: null,
    })
    expect(answer.body.messages.map(({ role }: { role: string }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
    ])
    expect(answer.body.messages.at(-1)).toEqual({
      role: 'assistant',
      content: last.message.content,
      timestamp: last.message.timestamp,
    })
  })

  it('of a row from before this API is read all the same', async () => {
    const { call, clerkId } = await freshTenant()
    const _id = new Types.ObjectId()
    const at = new Date('2025-05-05')
    await ChatConversation.collection.insertOne({
      _id,
      clerkId,
      sessionId: 'chat_1234567890_abc123',
      conversationId: 'conv_xyz789',
      messages: [{ role: 'user', content: 'Hello!', timestamp: at }],
      messageCount: 1,
      conversationStatus: 'active',
      lastMessageAt: at,
      createdAt: at,
      updatedAt: at,
    } as never)
    const answer = await call('GET', `${CONVERSATIONS}/${_id.toHexString()}`)
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({ title: null, messages: [{ role: 'user', content: 'Hello!' }] })
  })

  it('is renamed and archived, and comes back', async () => {
    const tenant = await freshTenant()
    const { conversationId } = await begin(tenant)
    const path = `${CONVERSATIONS}/${conversationId}`
    const renamed = await tenant.call('PATCH', path, {
      json: { title: ' Travel plans ', status: 'archived' },
    })
    expectStatus(renamed, 200)
    expect(renamed.body).toMatchObject({
      id: conversationId,
      title: 'Travel plans',
      status: 'archived',
      messageCount: 2,
    })
    expect((await tenant.call('PATCH', path, { json: { status: 'active' } })).body.status).toBe('active')
    expect(idsOf(await tenant.call('GET', CONVERSATIONS))).toEqual([conversationId])
  })

  it('that was archived is active again once it is spoken in', async () => {
    const tenant = await freshTenant()
    const { conversationId } = await begin(tenant)
    const path = `${CONVERSATIONS}/${conversationId}`
    expectStatus(await tenant.call('PATCH', path, { json: { status: 'archived' } }), 200)
    await begin(tenant, 'Once more', { conversationId })
    expect(idsOf(await tenant.call('GET', CONVERSATIONS))).toEqual([conversationId])
  })

  it.each([
    ['nothing', {}],
    ['an empty title', { title: ' ' }],
    ['a title of 201 characters', { title: 'x'.repeat(201) }],
    ['the status deleted', { status: 'deleted' }],
    ['an unknown field', { title: 'x', clerkId: 'y' }],
  ])('is not changed by %s', async (_what, json) => {
    const tenant = await freshTenant()
    const { conversationId } = await begin(tenant)
    expectProblem(
      await tenant.call('PATCH', `${CONVERSATIONS}/${conversationId}`, { json }),
      400,
      'invalid_input',
    )
    expect((await storedConversation(conversationId))?.title).toBe('Hello')
  })

  it('once deleted is gone for its owner too, and its session begins another', async () => {
    const tenant = await freshTenant()
    const sessionId = randomUUID()
    const { conversationId } = await begin(tenant, 'Hello', { sessionId })
    const path = `${CONVERSATIONS}/${conversationId}`
    expect((await tenant.call('DELETE', path)).body).toEqual({ id: conversationId, deleted: true })
    for (const method of ['GET', 'DELETE']) expectProblem(await tenant.call(method, path), 404, 'not_found')
    expectProblem(await ask(tenant, { message: 'a', conversationId }), 404, 'not_found')
    const next = await begin(tenant, 'Again', { sessionId })
    expect(next.conversationId).not.toBe(conversationId)
    expect((await begin(tenant, 'More', { sessionId })).conversationId).toBe(next.conversationId)
    expectStatus(await tenant.call('DELETE', `${CONVERSATIONS}/${next.conversationId}`), 200)
    // Clocks of instances differ.
    await ChatConversation.updateOne(
      { _id: conversationId, clerkId: tenant.clerkId },
      { $set: { lastMessageAt: new Date(Date.now() + 5_000) } },
    )
    const third = await begin(tenant, 'And again', { sessionId })
    expect([conversationId, next.conversationId]).not.toContain(third.conversationId)
    expect((await storedConversation(conversationId))?.conversationStatus).toBe('deleted')
  })

  it('of two first questions at once in one new session is one', async () => {
    const tenant = await freshTenant()
    const sessionId = randomUUID()
    const both = await Promise.all(
      ['One', 'Two', 'Three'].map(message => begin(tenant, message, { sessionId })),
    )
    expect(new Set(both.map(({ conversationId }) => conversationId)).size).toBe(1)
    const stored = await storedConversation(both[0]?.conversationId ?? '')
    expect(stored?.messageCount).toBe(6)
  })

  it('keeps what its metadata held from before', async () => {
    const tenant = await freshTenant()
    const { conversationId } = await begin(tenant)
    await ChatConversation.updateOne(
      { _id: conversationId, clerkId: tenant.clerkId },
      { $set: { 'metadata.source': 'vercel-chat' } },
    )
    await begin(tenant, 'More', { conversationId })
    const stored = await storedConversation(conversationId)
    expect(stored?.metadata).toMatchObject({
      source: 'vercel-chat',
      provider: 'openai',
      model: 'gpt-4o-mini',
    })
  })
})

describe('a conversation of a visitor', () => {
  it('is reached with its session id only, by any caller', async () => {
    const visitor = freshVisitor()
    const { conversationId, sessionId } = await begin(visitor)
    const path = `${CONVERSATIONS}/${conversationId}`
    expect((await visitor.call('GET', `${path}?sessionId=${sessionId}`)).body.messages).toHaveLength(2)
    const tenant = await freshTenant()
    for (const [caller, query] of [
      [visitor, ''],
      [visitor, `?sessionId=chat_${'A'.repeat(32)}`],
      [visitor, '?sessionId=x'],
      [tenant, ''],
    ] as const) {
      expectProblem(await caller.call('GET', `${path}${query}`), 404, 'not_found')
      expectProblem(await caller.call('PATCH', `${path}${query}`, { json: { title: 'x' } }), 404, 'not_found')
      expectProblem(await caller.call('DELETE', `${path}${query}`), 404, 'not_found')
      const stop = `/api/ai?action=stop&conversationId=${conversationId}${query.replace('?', '&')}`
      expectProblem(await caller.call('POST', stop), 404, 'not_found')
    }
    const renamed = await visitor.call('PATCH', `${path}?sessionId=${sessionId}`, { json: { title: 'Mine' } })
    expect(renamed.body.title).toBe('Mine')
    expectStatus(await visitor.call('DELETE', `${path}?sessionId=${sessionId}`), 200)
  })

  it('is taken over by the person who signs in and brings its session id', async () => {
    const visitor = freshVisitor()
    const { conversationId, sessionId } = await begin(visitor, 'My parrot is called Rio.')
    const tenant = await freshTenant()
    const continued = await begin(tenant, 'What is my parrot called?', { sessionId })
    expect(continued).toMatchObject({ conversationId, sessionId })
    expect(JSON.stringify(lastAsked())).toContain('Rio')
    expect(idsOf(await tenant.call('GET', CONVERSATIONS))).toEqual([conversationId])
    expect((await tenant.call('GET', `${CONVERSATIONS}/${conversationId}`)).body.messages).toHaveLength(4)
    const path = `${CONVERSATIONS}/${conversationId}?sessionId=${sessionId}`
    expectProblem(await visitor.call('GET', path), 404, 'not_found')
    const elsewhere = await ask(visitor, { message: 'And now?', sessionId })
    expect(elsewhere.body.conversationId).not.toBe(conversationId)
    const other = await freshTenant()
    expect((await begin(other, 'Mine?', { sessionId })).conversationId).not.toBe(conversationId)
  })

  it('is taken over by its id, too, if the session id comes along', async () => {
    const { conversationId, sessionId } = await begin(freshVisitor())
    const tenant = await freshTenant()
    expectProblem(await ask(tenant, { message: 'a', conversationId }), 404, 'not_found')
    expect((await begin(tenant, 'a', { conversationId, sessionId })).conversationId).toBe(conversationId)
  })

  it('is not taken over by an API key', async () => {
    const { conversationId, sessionId } = await begin(freshVisitor())
    const tenant = await freshTenant()
    const { headers } = await tenant.newKey()
    const answer = await tenant.call('POST', '/api/ai?action=chat', {
      json: { message: 'a', sessionId },
      headers,
    })
    expectStatus(answer, 200)
    expect(answer.body.conversationId).not.toBe(conversationId)
    expect((await storedConversation(conversationId))?.clerkId).toBeNull()
  })
})
