import type { CommandStartedEvent } from 'mongodb'
import { afterEach, describe, expect, it } from 'vitest'
import { connect } from '../../../lib/db/connect.ts'
import { ApiKey } from '../../../models/api-key.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { deliverDeletion, deliverUser, expectOutcome, freshClerkId, storedUser } from './identity.ts'

const liveKeys = (clerkId: string) => ApiKey.countDocuments({ clerkId, revokedAt: null })

describe('POST /api/webhooks/clerk: user.deleted', () => {
  it('soft-deletes the user and revokes all keys', async () => {
    const tenant = await freshTenant()
    const keys = [await tenant.newKey(), await tenant.newKey()]
    for (const { headers } of keys) expectStatus(await call('GET', '/api/app/me', { headers }), 200)

    expectOutcome(await deliverDeletion(tenant.clerkId), 'deleted')
    const user = await storedUser(tenant.clerkId)
    expect(user).toMatchObject({ email: tenant.email, deletedAt: expect.any(Date) })
    const stored = await ApiKey.find({ clerkId: tenant.clerkId }).lean()
    expect(stored.map(key => key.revokedAt)).toEqual([user?.deletedAt, user?.deletedAt])
    for (const { headers } of keys)
      expectProblem(await call('GET', '/api/app/me', { headers }), 401, 'unauthenticated')
    expectProblem(await tenant.call('GET', '/api/app/me'), 403, 'account_inactive')
  })

  it('touches no other tenant, and no key revoked before', async () => {
    const [tenant, bystander] = [await freshTenant(), await freshTenant()]
    const [early, other] = [await tenant.newKey(), await bystander.newKey()]
    await tenant.call('DELETE', `/api/app/api-keys?keyId=${early.id}`)
    const before = await ApiKey.findOne({ _id: early.id, clerkId: tenant.clerkId }).lean()
    await deliverDeletion(tenant.clerkId)
    expect(await ApiKey.findOne({ _id: early.id, clerkId: tenant.clerkId }).lean()).toEqual(before)
    expectStatus(await call('GET', '/api/app/me', { headers: other.headers }), 200)
  })

  it('changes nothing the second time', async () => {
    const { clerkId } = await freshTenant()
    await deliverDeletion(clerkId)
    const before = await storedUser(clerkId)
    expectOutcome(await deliverDeletion(clerkId), 'deleted')
    expect((await storedUser(clerkId))?.deletedAt).toEqual(before?.deletedAt)
  })

  it('never revives: not by an event, however new, nor by a session', async () => {
    const tenant = await freshTenant()
    const { clerkId } = tenant
    await deliverDeletion(clerkId)
    const before = await storedUser(clerkId)
    const updatedAt = Date.now() + 60_000
    expectOutcome(await deliverUser('user.created', { id: clerkId, updatedAt, role: 'admin' }), 'stale')
    expectOutcome(await deliverUser('user.updated', { id: clerkId, updatedAt, firstName: 'Back' }), 'stale')
    const clerkRequests = services.clerk.requests()
    expectProblem(await tenant.call('GET', '/api/app/me'), 403, 'account_inactive')
    expect(services.clerk.requests()).toBe(clerkRequests)
    expect(await storedUser(clerkId)).toEqual(before)
  })

  it('leaves a tombstone for an id not known yet', async () => {
    const id = freshClerkId()
    expectOutcome(await deliverDeletion(id), 'deleted')
    expect(await storedUser(id)).toMatchObject({ clerkId: id, deletedAt: expect.any(Date), role: 'user' })
    expectOutcome(await deliverUser('user.created', { id }), 'stale')
    expect((await storedUser(id))?.deletedAt).toBeInstanceOf(Date)
    const headers = { Authorization: `Bearer ${await services.clerk.sessionToken(id)}` }
    expectProblem(await call('GET', '/api/app/me', { headers }), 403, 'account_inactive')
  })
})

describe('POST /api/webhooks/clerk: user.deleted is one transaction', () => {
  const forbid = async (collection: string, validator: object) => {
    const { db } = await connect()
    await db?.command({ collMod: collection, validator })
  }
  afterEach(async () => {
    await forbid('apikeys', {})
    await forbid('users', {})
  })

  it.each([
    ['keys', 'apikeys', { revokedAt: null }],
    ['user', 'users', { deletedAt: null }],
  ])('changes nothing when the %s cannot be written', async (_what, collection, validator) => {
    const tenant = await freshTenant()
    const { headers } = await tenant.newKey()
    await forbid(collection, validator)
    expectProblem(await deliverDeletion(tenant.clerkId), 500, 'internal')
    expect((await storedUser(tenant.clerkId))?.deletedAt).toBeNull()
    expect(await liveKeys(tenant.clerkId)).toBe(1)
    expectStatus(await call('GET', '/api/app/me', { headers }), 200)

    await forbid(collection, {})
    expectOutcome(await deliverDeletion(tenant.clerkId), 'deleted')
    expect(await liveKeys(tenant.clerkId)).toBe(0)
  })
})

describe('POST /api/webhooks/clerk: user.deleted commits once', () => {
  /** The transactions in which `work` writes to users and keys, by collection. */
  async function transactionsOf(work: () => Promise<unknown>): Promise<Record<string, string[]>> {
    const client = (await connect()).getClient()
    const seen: Record<string, string[]> = { users: [], apikeys: [] }
    const note = ({ commandName, command }: CommandStartedEvent) => {
      if (commandName !== 'update' || command.autocommit !== false) return
      seen[command.update]?.push(`${command.lsid.id.toString('hex')} ${command.txnNumber}`)
    }
    client.on('commandStarted', note)
    await work().finally(() => client.off('commandStarted', note))
    return seen
  }

  it('the user and the keys in the same transaction', async () => {
    const tenant = await freshTenant()
    await tenant.newKey()
    const { users, apikeys } = await transactionsOf(async () => {
      expectOutcome(await deliverDeletion(tenant.clerkId), 'deleted')
    })
    expect(users?.at(-1)).toBeDefined()
    expect(apikeys?.at(-1)).toBe(users?.at(-1))
    expect(await liveKeys(tenant.clerkId)).toBe(0)
  })
})

describe('POST /api/webhooks/clerk: user.deleted while keys are made', () => {
  it.each([1, 2, 3, 4, 5])('leaves no key alive (round %i)', async () => {
    const tenant = await freshTenant({ plan: 'professional' })
    const old = await tenant.newKey()
    await tenant.call('DELETE', `/api/app/api-keys?keyId=${old.id}`)
    const create = () => tenant.call('POST', '/api/app/api-keys', { json: {} })
    const answers = await Promise.all([
      create(),
      create(),
      create(),
      deliverDeletion(tenant.clerkId),
      create(),
      create(),
      tenant.call('POST', `/api/app/api-keys?action=restore&keyId=${old.id}`),
    ])
    for (const { status } of answers) expect([200, 201, 403]).toContain(status)
    expect(await liveKeys(tenant.clerkId)).toBe(0)
  })
})
