import { describe, expect, it } from 'vitest'
import { countLiveKeys } from '../../../lib/keys/count-live.ts'
import { counted } from '../../../lib/keys/internal/live.ts'
import { ApiKey } from '../../../models/api-key.ts'
import { User } from '../../../models/user.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { create, me, restore, revoke, rotate } from './key-calls.ts'

const setLimit = ({ clerkId }: Tenant, apiKeys: number) =>
  User.updateOne({ clerkId }, { $set: { limits: { apiKeys } } })

/** Asserts how many keys count against the plan, wherever that is told. */
async function expectCounted(tenant: Tenant, expected: number): Promise<void> {
  expect(await countLiveKeys(tenant.clerkId)).toBe(expected)
  expect((await tenant.call('GET', '/api/app/me')).body.usage.apiKeys).toBe(expected)
  expect((await tenant.call('GET', '/api/app/usage')).body.counters.apiKeys.used).toBe(expected)
}

/** A starter tenant with both of its keys. */
async function fullTenant() {
  const tenant = await freshTenant()
  return { tenant, one: await tenant.newKey(), other: await tenant.newKey() }
}

describe('rotation and the number of API keys', () => {
  it('is possible when the plan is full, and frees nothing', async () => {
    const { tenant, one, other } = await fullTenant()
    for (const { id } of [one, other]) expectStatus(await rotate(tenant, id), 201)
    for (const { key } of [one, other]) expectStatus(await me(key), 200)
    await expectCounted(tenant, 2)
    const refused = await create(tenant)
    expectProblem(refused, 403, 'limit_reached')
    expect(refused.body).toMatchObject({ limit: 2, used: 2 })
  })

  it('does not count the old key: revoking the new one makes room', async () => {
    const { tenant, one } = await fullTenant()
    const fresh = await rotate(tenant, one.id)
    await revoke(tenant, fresh.body.id)
    await expectCounted(tenant, 1)
    expectStatus(await create(tenant), 201)
    expectProblem(await create(tenant), 403, 'limit_reached')
    expectStatus(await me(one.key), 200)
  })

  it.each([1, 0])('is possible with more keys than the %i that are allowed by now', async allowed => {
    const { tenant, one, other } = await fullTenant()
    await setLimit(tenant, allowed)
    for (const { id } of [one, other]) expectStatus(await rotate(tenant, id), 201)
    await expectCounted(tenant, 2)
    expectProblem(await create(tenant), 403, 'limit_reached')
  })

  it('counts the same after a restored old key, even when the plan is full', async () => {
    const { tenant, one } = await fullTenant()
    await rotate(tenant, one.id)
    await revoke(tenant, one.id)
    await expectCounted(tenant, 2)
    expectStatus(await restore(tenant, one.id), 200)
    await expectCounted(tenant, 2)
    expectStatus(await me(one.key), 200)
  })

  it('lets a revoked new key back only where there is room', async () => {
    const { tenant, one } = await fullTenant()
    const fresh = await rotate(tenant, one.id)
    await revoke(tenant, fresh.body.id)
    expectStatus(await create(tenant), 201)
    expectProblem(await restore(tenant, fresh.body.id), 403, 'limit_reached')
    await expectCounted(tenant, 2)
  })

  it('counts by an index that leaves rotated keys out, however many there were', async () => {
    const tenant = await freshTenant()
    const { id } = await tenant.newKey()
    const rotated = Array.from({ length: 50 }, (_, index) => ({
      clerkId: tenant.clerkId,
      keyHash: `${tenant.clerkId}-${index}`,
      keyPrefix: `tc_live_${index}`,
      replacedBy: id,
      expiresAt: new Date(0),
    }))
    await ApiKey.insertMany(rotated)
    await expectCounted(tenant, 1)
    const { executionStats } = (await ApiKey.find({
      clerkId: tenant.clerkId,
      ...counted(new Date()),
    }).explain('executionStats')) as unknown as { executionStats: Record<string, number> }
    expect(executionStats.totalDocsExamined).toBe(1)
    expect(executionStats.totalKeysExamined).toBeLessThan(5)
  })
})
