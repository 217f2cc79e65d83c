import { describe, expect, it } from 'vitest'
import { countLiveKeys } from '../../../lib/keys/count-live.ts'
import { ApiKey } from '../../../models/api-key.ts'
import { type Answer, expectProblem, expectStatus } from '../../helpers/call.ts'
import { deliverClerk, freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { create, me, restore, revoke, rotate } from './key-calls.ts'

const keysOf = ({ clerkId }: Tenant) => ApiKey.find({ clerkId }).lean()
const times = <T>(length: number, make: (index: number) => T) =>
  Array.from({ length }, (_, index) => make(index))
const statuses = (answers: Answer[]) => answers.map(({ status }) => status).sort()

describe('rotations at once', () => {
  it.each([0, 3_600])('of one key: exactly one of ten succeeds (grace %i)', async grace => {
    const tenant = await freshTenant()
    const { id } = await tenant.newKey()
    const answers = await Promise.all(times(10, () => rotate(tenant, id, grace)))
    expect(statuses(answers)).toEqual([201, ...Array(9).fill(409)])
    const fresh = answers.find(({ status }) => status === 201)
    const [old, ...others] = await keysOf(tenant)
    expect(old?.replacedBy?.toHexString()).toBe(fresh?.body.id)
    expect(others.map(({ _id }) => _id.toHexString())).toEqual([fresh?.body.id])
    expectStatus(await me(fresh?.body.key), 200)
  })

  it('of several keys: each succeeds', async () => {
    const tenant = await freshTenant({ plan: 'professional' })
    const old = await Promise.all(times(8, () => tenant.newKey()))
    const answers = await Promise.all(old.map(({ id }) => rotate(tenant, id)))
    expect(statuses(answers)).toEqual(Array(8).fill(201))
    expect(answers.map(({ body }) => body.replaces.id)).toEqual(old.map(({ id }) => id))
    expect(await countLiveKeys(tenant.clerkId)).toBe(8)
  })
})

describe('a rotation beside something else', () => {
  it.each([0, 1, 2, 3])('revoking the same key: it is revoked, whoever was first (round %i)', async round => {
    const tenant = await freshTenant()
    const { id, key } = await tenant.newKey()
    const work = [() => rotate(tenant, id), () => revoke(tenant, id)]
    const [first, second] = await Promise.all((round % 2 ? work.reverse() : work).map(start => start()))
    const [rotation, revocation] = round % 2 ? [second, first] : [first, second]
    expectStatus(revocation as Answer, 200)
    expect([201, 409]).toContain(rotation?.status)
    expectProblem(await me(key), 401, 'unauthenticated')
    const isRotated = rotation?.status === 201
    expect(await countLiveKeys(tenant.clerkId)).toBe(isRotated ? 1 : 0)
    expect(await keysOf(tenant)).toHaveLength(isRotated ? 2 : 1)
  })

  it.each([1, 2, 3, 4])('deleting the account: no key lives on (round %i)', async round => {
    const tenant = await freshTenant({ plan: 'professional' })
    const old = await Promise.all(times(6, () => tenant.newKey()))
    const deletion = () => deliverClerk('user.deleted', { id: tenant.clerkId, deleted: true })
    const work: (() => Promise<Answer>)[] = old.map(
      ({ id }) =>
        () =>
          rotate(tenant, id),
    )
    work.splice(round, 0, deletion)
    const answers = await Promise.all(work.map(start => start()))
    for (const { status } of answers) expect([200, 201, 403, 409]).toContain(status)
    expect(await ApiKey.countDocuments({ clerkId: tenant.clerkId, revokedAt: null })).toBe(0)
    const made = answers.flatMap(({ status, body }) => (status === 201 ? [body.key as string] : []))
    for (const key of [...old.map(({ key }) => key), ...made])
      expectProblem(await me(key), 401, 'unauthenticated')
  })

  it.each([1, 2, 3])('creating and restoring: never more than the plan allows (round %i)', async () => {
    const tenant = await freshTenant()
    const [one, other] = [await tenant.newKey(), await tenant.newKey()]
    await revoke(tenant, other.id)
    const [first, again] = await Promise.all([
      rotate(tenant, one.id),
      rotate(tenant, one.id),
      create(tenant),
      restore(tenant, other.id),
      rotate(tenant, other.id),
      create(tenant),
      create(tenant),
    ])
    expect(statuses([first, again])).toEqual([201, 409])
    expect(await countLiveKeys(tenant.clerkId)).toBe(2)
    expectProblem(await create(tenant), 403, 'limit_reached')
  })
})
