import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ApiKey } from '../../../models/api-key.ts'
import { ChatConversation } from '../../../models/chat-conversation.ts'
import { IdempotencyRecord } from '../../../models/idempotency-record.ts'
import { type CallOptions, call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'

const keys = '/api/app/api-keys'
const chat = '/api/ai?action=chat'

const under = (key: string, options: CallOptions = {}): CallOptions => ({
  ...options,
  headers: { ...options.headers, 'Idempotency-Key': key },
})
const createKey = (tenant: Tenant, key: string, json: object = { name: 'server' }) =>
  tenant.call('POST', keys, under(key, { json }))
const stored = ({ clerkId }: Tenant) => ApiKey.countDocuments({ clerkId })

describe('a POST sent again with its Idempotency-Key', () => {
  it('gets the first answer, to the letter, and does nothing more', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const first = await createKey(tenant, key)
    const again = await createKey(tenant, key)
    expectStatus(first, 201)
    expect(first.headers.get('idempotency-replayed')).toBeNull()
    expectStatus(again, 201)
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'))
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'))
    expect(await stored(tenant)).toBe(1)
  })

  it('is the same request whatever the order of its fields', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const expiresAt = new Date(Date.now() + 60_000).toISOString()
    const first = await createKey(tenant, key, { name: 'a', expiresAt })
    const again = await createKey(tenant, key, { expiresAt, name: 'a' })
    expect(again.body).toEqual(first.body)
    expectStatus(again, 201)
  })

  it('is the same request when the moment it named has passed', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const json = { expiresAt: new Date(Date.now() + 700).toISOString() }
    const first = await createKey(tenant, key, json)
    expectStatus(first, 201)
    await sleep(800)
    const again = await createKey(tenant, key, json)
    expectStatus(again, 201)
    expect(again.body).toEqual(first.body)
  })

  it('is refused as 422 when it asks for something else', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const { body } = await createKey(tenant, key)
    expectProblem(await createKey(tenant, key, { name: 'other' }), 422, 'idempotency_mismatch')
    expectProblem(
      await tenant.call('POST', `${keys}?action=rotate&keyId=${body.id}`, under(key)),
      422,
      'idempotency_mismatch',
    )
    expectProblem(
      await tenant.call('POST', chat, under(key, { json: { message: 'hi' } })),
      422,
      'idempotency_mismatch',
    )
    expect(await stored(tenant)).toBe(1)
  })

  it('gets a remembered refusal, too', async () => {
    const tenant = await freshTenant()
    const [one] = [await tenant.newKey(), await tenant.newKey()]
    const key = randomUUID()
    const first = await createKey(tenant, key)
    expectProblem(first, 403, 'limit_reached')
    await tenant.call('DELETE', `${keys}?keyId=${one.id}`)
    const again = await createKey(tenant, key)
    expectStatus(again, 403)
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('content-type')).toBe('application/problem+json')
    expectStatus(await createKey(tenant, randomUUID()), 201)
  })

  it('may be corrected when its input was wrong: nothing was begun', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    expectProblem(await createKey(tenant, key, { nme: 'x' }), 400, 'invalid_input')
    expectStatus(await createKey(tenant, key), 201)
  })

  it('is answered anew when 24 hours have passed', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const first = await createKey(tenant, key)
    await IdempotencyRecord.updateOne({ clerkId: tenant.clerkId }, { $set: { expiresAt: new Date() } })
    const later = await createKey(tenant, key, { name: 'other' })
    expectStatus(later, 201)
    expect(later.body.id).not.toBe(first.body.id)
    expect(later.headers.get('idempotency-replayed')).toBeNull()
    const expiry = await IdempotencyRecord.findOne({ clerkId: tenant.clerkId }).lean()
    expect(Math.abs((expiry?.expiresAt.getTime() ?? 0) - Date.now() - 86_400_000)).toBeLessThan(60_000)
  })

  it('has an answer of its own per tenant', async () => {
    const [own, other] = [await freshTenant(), await freshTenant()]
    const key = randomUUID()
    const first = await createKey(own, key)
    const second = await createKey(other, key)
    expectStatus(second, 201)
    expect(second.body.id).not.toBe(first.body.id)
    expect(second.headers.get('idempotency-replayed')).toBeNull()
  })

  it('shares its answer with the tenant’s servers, which still may do only what a key may', async () => {
    const tenant = await freshTenant()
    const { headers } = await tenant.newKey()
    const key = randomUUID()
    const json = { message: 'hello' }
    const first = await tenant.call('POST', chat, under(key, { json }))
    const again = await call('POST', chat, under(key, { json, headers }))
    expect(again.body).toEqual(first.body)
    expectStatus(again, 200)
    const made = randomUUID()
    expectStatus(await createKey(tenant, made), 201)
    expectProblem(
      await call('POST', keys, under(made, { json: { name: 'server' }, headers })),
      403,
      'forbidden',
    )
  })

  it('asks the model once, stores one answer and takes one message of the quota', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const json = { message: 'what is it?' }
    const first = await tenant.call('POST', chat, under(key, { json }))
    const again = await tenant.call('POST', chat, under(key, { json }))
    expect(again.body).toEqual(first.body)
    const conversations = await ChatConversation.find({ clerkId: tenant.clerkId }).lean()
    expect(conversations).toMatchObject([{ messageCount: 2 }])
    expect((await tenant.call('GET', '/api/app/me')).body.usage.chatMessages).toBe(1)
  })

  it('works without a body', async () => {
    const tenant = await freshTenant()
    const { id } = await tenant.newKey()
    await tenant.call('DELETE', `${keys}?keyId=${id}`)
    const restore = () => tenant.call('POST', `${keys}?action=restore&keyId=${id}`, under('restore-it'))
    expectStatus(await restore(), 200)
    const again = await restore()
    expectStatus(again, 200)
    expect(again.headers.get('idempotency-replayed')).toBe('true')
  })
})

describe('the header Idempotency-Key', () => {
  it.each(['', ' ', 'a'.repeat(256), 'with space', 'tab\tinside'])('is refused as %j', async key => {
    const tenant = await freshTenant()
    const answer = await createKey(tenant, key)
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors).toMatchObject([{ path: 'Idempotency-Key' }])
    expect(await stored(tenant)).toBe(0)
  })

  it('of 255 characters is taken', async () => {
    expectStatus(await createKey(await freshTenant(), '~'.repeat(255)), 201)
  })

  it('means nothing on other methods', async () => {
    const tenant = await freshTenant()
    expectStatus(await tenant.call('GET', '/api/app/me', under('')), 200)
    expect(await IdempotencyRecord.countDocuments({ clerkId: tenant.clerkId })).toBe(0)
  })

  it('means nothing from a visitor', async () => {
    const key = randomUUID()
    const ask = () => call('POST', chat, under(key, { json: { message: 'hello' }, ip: '203.0.113.77' }))
    const [first, again] = [await ask(), await ask()]
    expectStatus(again, 200)
    expect(again.body.conversationId).not.toBe(first.body.conversationId)
    expect(again.headers.get('idempotency-replayed')).toBeNull()
  })

  it('costs one command before the handler, and none in all when it is absent', async () => {
    const tenant = await freshTenant({ plan: 'professional' })
    const commands = async (options: CallOptions) => {
      // What calls before left to do would be counted, too.
      await background.drain()
      return commandsOf(async () =>
        expectStatus(await tenant.call('POST', keys, { json: {}, ...options }), 201),
      )
    }
    const [without, withKey] = [await commands({}), await commands(under(randomUUID()))]
    const records = (list: string[]) => list.filter(command => command.endsWith('idempotencyrecords'))
    expect(records(without)).toEqual([])
    expect(records(withKey)).toEqual(['insert idempotencyrecords', 'update idempotencyrecords'])
    expect(withKey.length).toBe(without.length + 2)
  })
})
