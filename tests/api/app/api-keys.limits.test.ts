import { describe, expect, it } from 'vitest'
import { ApiKey } from '../../../models/api-key.ts'
import { User } from '../../../models/user.ts'
import { type Answer, call, expectProblem, expectStatus, origin } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { create, path, restore, revoke } from './key-calls.ts'

const live = ({ clerkId }: Tenant) => ApiKey.countDocuments({ clerkId, revokedAt: null })

function expectLimit(answer: Answer, limit: number, used: number): void {
  expectProblem(answer, 403, 'limit_reached')
  expect(answer.body).toMatchObject({ limit, used, resetsAt: null, upgradeUrl: `${origin}/docs/plans` })
}

describe('the number of API keys', () => {
  it('is two on starter, and the refusal says where you stand', async () => {
    const tenant = await freshTenant()
    expectStatus(await create(tenant), 201)
    expectStatus(await create(tenant), 201)
    expectLimit(await create(tenant), 2, 2)
    expect(await live(tenant)).toBe(2)
  })

  it.each([1, 2, 3])('stays two when ten are made at once (round %i)', async () => {
    const tenant = await freshTenant()
    const answers = await Promise.all(Array.from({ length: 10 }, () => create(tenant)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2)
    for (const answer of answers.filter(({ status }) => status !== 201)) expectLimit(answer, 2, 2)
    expect(await ApiKey.countDocuments({ clerkId: tenant.clerkId })).toBe(2)
  })

  it.each([1, 2, 3])('stays two when keys are made and restored at once (round %i)', async () => {
    const tenant = await freshTenant()
    const [one, other] = [await tenant.newKey(), await tenant.newKey()]
    await revoke(tenant, one.id)
    await revoke(tenant, other.id)
    const answers = await Promise.all([
      create(tenant),
      restore(tenant, one.id),
      create(tenant),
      create(tenant),
      restore(tenant, other.id),
      create(tenant),
    ])
    expect(answers.filter(({ status }) => status < 300)).toHaveLength(2)
    for (const answer of answers.filter(({ status }) => status >= 300)) expectLimit(answer, 2, 2)
    expect(await live(tenant)).toBe(2)
  })

  it('holds for a restored key too', async () => {
    const tenant = await freshTenant()
    const { id, headers } = await tenant.newKey()
    await revoke(tenant, id)
    await tenant.newKey()
    await tenant.newKey()
    expectLimit(await restore(tenant, id), 2, 2)
    expectProblem(await call('GET', '/api/app/me', { headers }), 401, 'unauthenticated')
  })

  it('is freed by revoking', async () => {
    const tenant = await freshTenant()
    const { id } = await tenant.newKey()
    await tenant.newKey()
    await revoke(tenant, id)
    expectStatus(await create(tenant), 201)
    expectLimit(await create(tenant), 2, 2)
  })

  it('does not count an expired key', async () => {
    const tenant = await freshTenant()
    const { id, headers } = await tenant.newKey()
    await tenant.newKey()
    expectLimit(await create(tenant), 2, 2)
    const expiresAt = new Date(Date.now() - 1)
    await ApiKey.updateOne({ _id: id, clerkId: tenant.clerkId }, { $set: { expiresAt } })
    expectProblem(await call('GET', '/api/app/me', { headers }), 401, 'unauthenticated')
    expect((await tenant.call('GET', '/api/app/me')).body.usage.apiKeys).toBe(1)
    expectStatus(await create(tenant), 201)
  })

  it('counts a key that will expire', async () => {
    const tenant = await freshTenant()
    const expiresAt = new Date(Date.now() + 60_000).toISOString()
    for (let count = 0; count < 2; count++)
      expectStatus(await tenant.call('POST', path, { json: { expiresAt } }), 201)
    expectLimit(await create(tenant), 2, 2)
  })

  it('is the plan’s', async () => {
    const tenant = await freshTenant({ plan: 'professional' })
    const answers = await Promise.all(Array.from({ length: 24 }, () => create(tenant)))
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(20)
    expectLimit(await create(tenant), 20, 20)
  })

  it('is the account’s own where it has one; null is unlimited, 0 is none', async () => {
    const tenant = await freshTenant()
    const setLimit = (apiKeys: number | null) =>
      User.updateOne({ clerkId: tenant.clerkId }, { $set: { limits: { apiKeys } } })
    await setLimit(0)
    expectLimit(await create(tenant), 0, 0)
    await setLimit(null)
    for (let count = 0; count < 4; count++) expectStatus(await create(tenant), 201)
    await setLimit(1)
    expectLimit(await create(tenant), 1, 4)
  })
})
