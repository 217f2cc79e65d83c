import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { Contact } from '../../../models/contact.ts'
import { DemoRequest } from '../../../models/demo-request.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { PolarEvent } from '../../../models/polar-event.ts'
import { type Answer, call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { deliverClerk, freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { signedUp } from '../../lib/overview/seeds.ts'
import { background } from '../../setup/file.ts'

let admin: Tenant
beforeAll(async () => {
  admin = await freshTenant({ role: 'admin' })
})

const overview = async (query = ''): Promise<Answer['body']> => {
  await background.drain()
  const answer = await admin.call('GET', `/api/admin/overview${query}`)
  expectStatus(answer, 200)
  return answer.body
}

const soon = () => new Date(Date.now() + 3_600_000)
const past = () => new Date(Date.now() - 1_000)

/** What changed in the numbers of `group` by `work`; other tests of this file leave theirs. */
async function changesOf(group: string, work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = (await overview())[group]
  await work()
  const after = (await overview())[group]
  const changes = Object.entries(after).map(([name, count]) => [name, Number(count) - before[name]])
  return Object.fromEntries(changes.filter(([, change]) => change !== 0))
}

describe('GET /api/admin/overview: the counts', () => {
  it('are of accounts that are not deleted, by plan', async () => {
    const made = () =>
      signedUp(
        { plan: 'starter' },
        { plan: 'professional' },
        { plan: 'professional' },
        { plan: 'enterprise', suspension: { at: past(), until: null, reason: 'x' } },
        { plan: 'enterprise', deletedAt: past() },
      )
    expect(await changesOf('plans', made)).toEqual({ starter: 1, professional: 2, enterprise: 1 })
    expect(await changesOf('users', made)).toEqual({ total: 4, suspended: 1, deleted: 1 })
    const { users, plans } = await overview()
    expect(users.total).toBe(plans.starter + plans.professional + plans.enterprise)
  })

  it('are of accounts suspended now', async () => {
    const suspended = (until: Date | null) => ({ suspension: { at: past(), until, reason: 'x' } })
    const made = () =>
      signedUp(
        ...[suspended(null), suspended(soon()), suspended(soon()), suspended(past())],
        ...[{ ...suspended(null), deletedAt: past() }, {}],
      )
    expect(await changesOf('users', made)).toEqual({ total: 5, suspended: 3, deleted: 1 })
  })

  it('follow a deletion', async () => {
    const tenant = await freshTenant()
    const removed = () => deliverClerk('user.deleted', { id: tenant.clerkId, deleted: true, object: 'user' })
    expect(await changesOf('users', removed)).toEqual({ total: -1, deleted: 1 })
  })

  it('are of files of all tenants, and of shared ones', async () => {
    const file = (status: string, clerkId: string | null) => ({
      path: randomUUID(),
      name: 'x',
      status,
      clerkId,
    })
    const statuses = ['failed', 'failed', 'processing', 'ready', 'uploading']
    const made = () =>
      KnowledgeFile.collection.insertMany([
        ...statuses.map(status => file(status, randomUUID())),
        file('failed', null),
      ] as never)
    expect(await changesOf('files', made)).toEqual({ failed: 3, processing: 1 })
  })

  it('are of billing events that wait or failed', async () => {
    const statuses = ['pending', 'pending', 'failed', 'processed', 'ignored'] as const
    const events = () => statuses.map(status => ({ eventId: randomUUID(), type: 't', payload: {}, status }))
    expect(await changesOf('billingEvents', () => PolarEvent.create(events()))).toEqual({
      pending: 2,
      failed: 1,
    })
  })

  it('are of contacts and demo requests that nobody took up', async () => {
    const person = () => ({ name: 'Ann', email: `${randomUUID()}@example.org`, message: 'Hello' })
    const contacts = (['new', 'new', 'contacted', 'closed'] as const).map(status => ({ ...person(), status }))
    expect(await changesOf('contacts', () => Contact.create(contacts))).toEqual({ new: 2 })
    const demos = (['pending', 'scheduled', 'completed', 'canceled'] as const).map(status => ({
      ...person(),
      ...{ company: 'X', businessNeeds: 'All', status },
    }))
    expect(await changesOf('demoRequests', () => DemoRequest.create(demos))).toEqual({ pending: 1 })
  })
})

describe('GET /api/admin/overview: the days', () => {
  it('are thirty by default, today with what happened just now', async () => {
    const before = await overview()
    expect(before.days).toHaveLength(30)
    const tenant = await freshTenant()
    expectStatus(await tenant.call('GET', '/api/app/me'), 200)
    expectStatus(await tenant.call('GET', '/api/files/507f1f77bcf86cd799439011'), 404)
    const after = await overview()
    // Midnight may have come in between.
    if (after.days.at(-1).day !== before.days.at(-1).day) return
    const [{ ...was }, { ...is }] = [before.days.at(-1), after.days.at(-1)]
    // The overview before is a request itself.
    expect(is.requests - was.requests).toBe(3)
    expect(is.errors - was.errors).toBe(1)
    expect(is.activeTenants - was.activeTenants).toBeGreaterThanOrEqual(1)
    expect(is.signUps - was.signUps).toBe(1)
  })

  it('can be one to ninety', async () => {
    expect((await overview('?days=1')).days).toHaveLength(1)
    expect((await overview('?days=90')).days).toHaveLength(90)
  })

  it.each(['0', '91', '-1', '1.5', 'x', ''])('cannot be “%s”', async days => {
    const answer = await admin.call('GET', `/api/admin/overview?days=${days}`)
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors).toMatchObject([{ path: 'days' }])
  })
})

describe('GET /api/admin/overview is told to nobody but', () => {
  it('admins who are signed in', async () => {
    const tenant = await freshTenant()
    expectProblem(await call('GET', '/api/admin/overview'), 401, 'unauthenticated')
    expectProblem(await tenant.call('GET', '/api/admin/overview'), 403, 'forbidden')
    for (const { newKey } of [tenant, admin]) {
      const { headers } = await newKey()
      expectProblem(await call('GET', '/api/admin/overview', { headers }), 403, 'forbidden')
    }
  })

  it('and names no tenant', async () => {
    const tenant = await freshTenant()
    expectStatus(await tenant.call('GET', '/api/app/me'), 200)
    expect(JSON.stringify(await overview())).not.toContain(tenant.clerkId)
  })
})
