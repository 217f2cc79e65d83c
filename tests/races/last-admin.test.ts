import { describe, expect, it } from 'vitest'
import { ACROSS_TENANTS } from '../../lib/db/tenant-guard.ts'
import { AuditEntry } from '../../models/audit-entry.ts'
import { User } from '../../models/user.ts'
import { demoteAll, idOf, reactivatePath, suspendPath } from '../api/admin/accounts.ts'
import { expectProblem, expectStatus } from '../helpers/call.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { overInstances } from './over-instances.ts'

const instances = overInstances(2)

type Admin = Tenant & { id: string }

async function onlyAdmins(count: number): Promise<Admin[]> {
  await demoteAll()
  const tenants = await Promise.all(Array.from({ length: count }, () => freshTenant({ role: 'admin' })))
  return Promise.all(tenants.map(async tenant => ({ ...tenant, id: await idOf(tenant) })))
}

/** Every admin suspends every other one, all at once, each through another instance than the last. */
async function suspendEachOther(admins: Admin[]) {
  const pairs = admins.flatMap(one =>
    admins.filter(other => other !== one).map(other => [one, other] as const),
  )
  return Promise.all(
    pairs.map(([one, other], index) =>
      instances.nth(index).send('POST', suspendPath(other.id), {
        headers: one.session,
        json: { reason: 'A quarrel' },
      }),
    ),
  )
}

describe('admins who suspend each other at once through two instances', () => {
  it.each([2, 2, 2, 2, 4, 4])('leave exactly one of %i', async count => {
    const admins = await onlyAdmins(count)
    const answers = await suspendEachOther(admins)
    const left = await User.find({ role: 'admin', suspension: null }, null, ACROSS_TENANTS).lean()
    expect(left, instances.logs()).toHaveLength(1)
    // Two may suspend the same third: the later one replaces reason and end.
    const suspended = answers.filter(({ status }) => status === 200)
    expect(suspended.length).toBeGreaterThanOrEqual(count - 1)
    for (const answer of answers) {
      if (answer.status === 409) expectProblem(answer, 409, 'conflict')
      else if (answer.status !== 200) expectProblem(answer, 403, 'account_inactive')
    }
    const entries = await AuditEntry.find({
      action: 'user.suspended',
      'target.id': { $in: admins.map(({ id }) => id) },
    }).lean()
    expect(entries).toHaveLength(suspended.length)
  })
})

describe('an account suspended through one instance', () => {
  it('is refused by the others at once, by session and by key, until it is reactivated', async () => {
    const [admin] = await onlyAdmins(1)
    if (!admin) throw new Error('no admin')
    const tenant = await freshTenant()
    const [id, key] = [await idOf(tenant), await tenant.newKey()]
    const asked = () =>
      Promise.all(
        [tenant.session, key.headers].map(headers => instances.each(api => api.get('/api/app/me', headers))),
      )
    for (const answer of (await asked()).flat()) expectStatus(answer, 200)
    for (let round = 0; round < 3; round++) {
      const at = (index: number) => instances.nth(round + index)
      const json = { reason: 'Spam' }
      expectStatus(await at(0).send('POST', suspendPath(id), { headers: admin.session, json }), 200)
      for (const answer of (await asked()).flat()) expectProblem(answer, 403, 'account_inactive')
      expectStatus(await at(1).send('POST', reactivatePath(id), { headers: admin.session }), 200)
      for (const answer of (await asked()).flat()) expectStatus(answer, 200)
    }
  })
})
