import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { findAccount } from '../../../lib/users/account.ts'
import { reactivateUser } from '../../../lib/users/reactivate-user.ts'
import { suspendUser } from '../../../lib/users/suspend-user.ts'
import { updateUser } from '../../../lib/users/update-user.ts'
import { User } from '../../../models/user.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { deliverClerk, freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { anHourAgo, demoteAll, entriesOf, idOf, inAnHour, reactivate, suspend } from './accounts.ts'

let admin: Tenant
beforeEach(async () => {
  await demoteAll()
  admin = await freshTenant({ role: 'admin' })
})
const nobody = '507f1f77bcf86cd799439011'
const stored = ({ clerkId }: Tenant) => User.findOne({ clerkId }).lean()
const me = (headers: Record<string, string>) => call('GET', '/api/app/me', { headers })

async function userCaller({ clerkId }: Tenant) {
  const account = await findAccount(clerkId)
  if (!account) throw new Error('no account')
  return { kind: 'user', clerkId, account } as const
}

describe('an admin who suspends an account', () => {
  it('stops its session and its key from the very next request on, and lets them in again', async () => {
    const tenant = await freshTenant()
    const [id, key] = [await idOf(tenant), await tenant.newKey()]
    for (const headers of [tenant.session, key.headers]) expectStatus(await me(headers), 200)
    const answer = await suspend(admin, id, { reason: ' Sold access ' })
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({
      id,
      status: 'suspended',
      suspension: { at: expect.any(String), until: null, reason: 'Sold access' },
    })
    for (const headers of [tenant.session, key.headers]) {
      const refused = await me(headers)
      expectProblem(refused, 403, 'account_inactive')
      expect(JSON.stringify(refused.body)).not.toContain('Sold')
    }
    const lifted = await reactivate(admin, id)
    expectStatus(lifted, 200)
    expect(lifted.body).toMatchObject({ id, status: 'active', suspension: null })
    for (const headers of [tenant.session, key.headers]) expectStatus(await me(headers), 200)
  })

  it('replaces reason and end when done again, and notes both', async () => {
    const tenant = await freshTenant()
    const [id, until] = [await idOf(tenant), inAnHour()]
    const first = await suspend(admin, id, { reason: 'Spam', until: until.toISOString() })
    expect(first.body.suspension).toMatchObject({ until: until.toISOString(), reason: 'Spam' })
    const second = await suspend(admin, id, { reason: 'Fraud', until: null })
    expect(second.body.suspension).toMatchObject({ until: null, reason: 'Fraud' })
    await reactivate(admin, id)
    const [one, two, three, ...others] = await entriesOf(id)
    expect(others).toEqual([])
    expect(one).toMatchObject({ action: 'user.suspended', note: 'Spam' })
    expect(one?.changes.suspension).toMatchObject({ from: null, to: { until, reason: 'Spam' } })
    expect(two).toMatchObject({ action: 'user.suspended', note: 'Fraud' })
    expect(two?.changes.suspension.from).toEqual(one?.changes.suspension.to)
    expect(three).toMatchObject({ action: 'user.reactivated', note: null })
    expect(three?.changes).toEqual({ suspension: { from: two?.changes.suspension.to, to: null } })
  })

  it('may give an end in any zone', async () => {
    const id = await idOf(await freshTenant())
    const answer = await suspend(admin, id, { reason: 'Spam', until: '2999-01-01T02:00:00+02:00' })
    expect(answer.body.suspension.until).toBe('2999-01-01T00:00:00.000Z')
  })

  it('answers a retry with the same key alike, and does it once', async () => {
    const id = await idOf(await freshTenant())
    const headers = { 'Idempotency-Key': randomUUID() }
    const json = { reason: 'Spam', until: inAnHour().toISOString() }
    const [first, again] = [await suspend(admin, id, json, headers), await suspend(admin, id, json, headers)]
    expectStatus(first, 200)
    expectStatus(again, 200)
    expect(again.body).toEqual(first.body)
    const lift = { 'Idempotency-Key': randomUUID() }
    const [lifted, relifted] = [await reactivate(admin, id, lift), await reactivate(admin, id, lift)]
    expectStatus(lifted, 200)
    expect(relifted.body).toEqual(lifted.body)
    expect((await entriesOf(id)).map(({ action }) => action)).toEqual(['user.suspended', 'user.reactivated'])
    expectProblem(await reactivate(admin, id), 409, 'conflict')
  })
})

describe('an admin who lifts a suspension', () => {
  it('also clears one whose time is over', async () => {
    const tenant = await freshTenant()
    const suspension = { at: new Date(), until: anHourAgo(), reason: 'Spam' }
    await User.updateOne({ clerkId: tenant.clerkId }, { $set: { suspension } })
    const answer = await reactivate(admin, await idOf(tenant))
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({ status: 'active', suspension: null })
    expect((await stored(tenant))?.suspension).toBeNull()
  })

  it('at once with others does it once', async () => {
    const id = await idOf(await freshTenant())
    await suspend(admin, id)
    const answers = await Promise.all([1, 2, 3, 4].map(() => reactivate(admin, id)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(3)
    expect(await entriesOf(id)).toHaveLength(2)
  })
})

describe('what is refused, changing and noting nothing', () => {
  it.each([
    {},
    { reason: '' },
    { reason: '  ' },
    { reason: null },
    { reason: 'x'.repeat(501) },
    { reason: 'Spam', until: '2020-01-01T00:00:00Z' },
    { reason: 'Spam', until: '2999-02-30T00:00:00Z' },
    { reason: 'Spam', until: '2999-01-01' },
    { reason: 'Spam', until: 32503680000000 },
    { reason: 'Spam', role: 'user' },
  ])('suspending with %j', async json => {
    const tenant = await freshTenant()
    const id = await idOf(tenant)
    expectProblem(await suspend(admin, id, json), 400, 'invalid_input')
    expect((await stored(tenant))?.suspension).toBeNull()
    expect(await entriesOf(id)).toEqual([])
  })

  it('a deleted account, both ways', async () => {
    const tenant = await freshTenant()
    const id = await idOf(tenant)
    await suspend(admin, id)
    expectStatus(await deliverClerk('user.deleted', { id: tenant.clerkId, deleted: true }), 200)
    const before = await stored(tenant)
    expectProblem(await suspend(admin, id), 409, 'conflict')
    expectProblem(await reactivate(admin, id), 409, 'conflict')
    expect(await stored(tenant)).toEqual(before)
    expect(await entriesOf(id)).toHaveLength(1)
  })

  it('an account that nobody has, and lifting what there is not', async () => {
    expectProblem(await suspend(admin, nobody), 404, 'not_found')
    expectProblem(await reactivate(admin, nobody), 404, 'not_found')
    const id = await idOf(await freshTenant())
    expectProblem(await reactivate(admin, id), 409, 'conflict')
    expect(await entriesOf(id)).toEqual([])
  })

  it('another action', async () => {
    const url = `/api/admin/users/${nobody}`
    for (const query of ['', '?action=delete'])
      expectProblem(await admin.call('POST', `${url}${query}`, { json: {} }), 400, 'invalid_input')
  })
})

describe('the last admin', () => {
  const until = () => inAnHour()

  it('cannot suspend themselves', async () => {
    const id = await idOf(admin)
    const answer = await suspend(admin, id)
    expectProblem(answer, 409, 'conflict')
    expect(answer.body.detail).toBe(
      'This is the last active admin; suspending them would lock everybody out.',
    )
    expectStatus(await me(admin.session), 200)
    expect(await entriesOf(id)).toEqual([])
  })

  it('may while another remains, who then cannot', async () => {
    const other = await freshTenant({ role: 'admin' })
    expectStatus(await suspend(admin, await idOf(admin)), 200)
    expectProblem(await me(admin.session), 403, 'account_inactive')
    expectProblem(await suspend(other, await idOf(other)), 409, 'conflict')
    expectStatus(await reactivate(other, await idOf(admin)), 200)
    expectStatus(await suspend(other, await idOf(other)), 200)
  })

  it('is the one whom no deleted, suspended or former admin could follow', async () => {
    const [deleted, suspended, former] = await Promise.all(
      [1, 2, 3].map(() => freshTenant({ role: 'admin' })),
    )
    if (!deleted || !suspended || !former) throw new Error('no admins')
    expectStatus(await deliverClerk('user.deleted', { id: deleted.clerkId, deleted: true }), 200)
    expectStatus(
      await suspend(admin, await idOf(suspended), { reason: 'x', until: until().toISOString() }),
      200,
    )
    await User.updateOne({ clerkId: former.clerkId }, { $set: { role: 'user' } })
    expectProblem(await suspend(admin, await idOf(admin)), 409, 'conflict')
    const over = { at: new Date(), until: anHourAgo(), reason: 'x' }
    await User.updateOne({ clerkId: suspended.clerkId }, { $set: { suspension: over } })
    expectStatus(await suspend(admin, await idOf(admin)), 200)
  })
})

describe('an admin whose request was let in just before their own suspension', () => {
  it('undoes it not, nor changes anything else', async () => {
    const [other, tenant] = [await freshTenant({ role: 'admin' }), await freshTenant()]
    const caller = await userCaller(other)
    const [otherId, tenantId] = [await idOf(other), await idOf(tenant)]
    expectStatus(await suspend(admin, otherId), 200)
    const refused = { code: 'account_inactive' }
    await expect(reactivateUser(caller, otherId)).rejects.toMatchObject(refused)
    await expect(suspendUser(caller, await idOf(admin), { reason: 'x' })).rejects.toMatchObject(refused)
    await expect(suspendUser(caller, tenantId, { reason: 'x' })).rejects.toMatchObject(refused)
    await expect(updateUser(caller, tenantId, { limits: { files: 1 } })).rejects.toMatchObject(refused)
    expect((await stored(other))?.suspension).not.toBeNull()
    expect(await entriesOf(tenantId)).toEqual([])
  })

  it('nor one who is no admin any more', async () => {
    const caller = await userCaller(admin)
    await demoteAll()
    const id = await idOf(await freshTenant())
    await expect(suspendUser(caller, id, { reason: 'x' })).rejects.toMatchObject({ code: 'forbidden' })
    expect(await entriesOf(id)).toEqual([])
  })
})
