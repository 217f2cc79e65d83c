import { beforeAll, describe, expect, it } from 'vitest'
import { PLANS } from '../../../lib/limits/plans.ts'
import { User } from '../../../models/user.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { deliverClerk, freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { entriesOf, idOf, patch } from './accounts.ts'

let admin: Tenant
beforeAll(async () => {
  admin = await freshTenant({ role: 'admin' })
})
const nobody = '507f1f77bcf86cd799439011'
const stored = ({ clerkId }: Tenant) => User.findOne({ clerkId }).lean()
const me = (tenant: Tenant) => tenant.call('GET', '/api/app/me')

describe('PATCH /api/admin/users/{id} {limits}', () => {
  it('holds the very next request to them, by session and by key, and says so', async () => {
    const tenant = await freshTenant()
    const [id, key] = [await idOf(tenant), await tenant.newKey()]
    const limits = { apiKeys: 1, files: null, requestsPerMinute: 7 }
    const answer = await patch(admin, id, { limits })
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({ id, limits, effectiveLimits: { ...PLANS.starter, ...limits } })
    expect(Object.keys(answer.body.limits)).toHaveLength(3)
    expect((await me(tenant)).body.limits).toEqual({ ...PLANS.starter, ...limits })
    const byKey = await call('GET', '/api/app/me', { headers: key.headers })
    expect(byKey.headers.get('ratelimit-limit')).toBe('7')
    expectProblem(await tenant.call('POST', '/api/app/api-keys', { json: {} }), 403, 'limit_reached')
  })

  it('replaces those there were; an empty object leaves the plan’s own', async () => {
    const tenant = await freshTenant()
    const id = await idOf(tenant)
    expectStatus(await patch(admin, id, { limits: { files: 3, chatMessages: 0 } }), 200)
    const replaced = await patch(admin, id, { limits: { bytes: 10 } })
    expect(replaced.body).toMatchObject({ effectiveLimits: { ...PLANS.starter, bytes: 10 } })
    expect(replaced.body.limits).toEqual({ bytes: 10 })
    const emptied = await patch(admin, id, { limits: {} })
    expect(emptied.body).toMatchObject({ limits: {}, effectiveLimits: PLANS.starter })
    expect((await stored(tenant))?.limits).toEqual({})
  })

  it('notes each change with who made it, from what and to what', async () => {
    const tenant = await freshTenant()
    const id = await idOf(tenant)
    const [first, second] = [{ files: 3 }, { files: null, apiKeys: 1 }]
    await patch(admin, id, { limits: first })
    await patch(admin, id, { limits: second })
    const entry = { actorId: expect.anything(), action: 'user.limits_changed', note: null }
    const entries = await entriesOf(id)
    expect(entries).toMatchObject([
      { ...entry, changes: { limits: { from: {}, to: first } } },
      { ...entry, changes: { limits: { from: first, to: second } } },
    ])
    for (const { actorId, target } of entries) {
      expect(actorId.toHexString()).toBe(await idOf(admin))
      expect(target?.type).toBe('user')
    }
  })

  it('changes and notes nothing for the same overrides, or for none', async () => {
    const tenant = await freshTenant()
    const id = await idOf(tenant)
    await patch(admin, id, { limits: { files: 3, apiKeys: null } })
    const before = await stored(tenant)
    for (const json of [{ limits: { apiKeys: null, files: 3 } }, {}]) {
      const answer = await patch(admin, id, json)
      expectStatus(answer, 200)
      expect(answer.body.limits).toEqual({ files: 3, apiKeys: null })
    }
    expect(await stored(tenant)).toEqual(before)
    expect(await entriesOf(id)).toHaveLength(1)
  })

  it('of many at once leaves a history without a gap', async () => {
    const tenant = await freshTenant()
    const id = await idOf(tenant)
    const answers = await Promise.all([1, 2, 3, 4, 5].map(files => patch(admin, id, { limits: { files } })))
    for (const answer of answers) expectStatus(answer, 200)
    const steps = (await entriesOf(id)).map(({ changes }) => changes.limits)
    let at: object = {}
    for (let left = steps; left.length > 0; ) {
      const next = left.find(({ from }) => JSON.stringify(from) === JSON.stringify(at))
      expect(next, JSON.stringify(steps)).toBeDefined()
      at = next.to
      left = left.filter(step => step !== next)
    }
    expect(steps).toHaveLength(5)
    expect((await stored(tenant))?.limits).toEqual(at)
  })
})

describe('PATCH /api/admin/users/{id}: what it refuses', () => {
  it.each([
    { limits: { files: -1 } },
    { limits: { files: 1.5 } },
    { limits: { files: '3' } },
    { limits: { files: 1e300 } },
    { limits: { requestsPerMinute: 0 } },
    { limits: { apiKey: 1 } },
    { limits: null },
    { limits: [] },
    { role: 'admin' },
    { plan: 'enterprise' },
  ])('%j', async json => {
    const tenant = await freshTenant()
    const before = await stored(tenant)
    expectProblem(await patch(admin, await idOf(tenant), json), 400, 'invalid_input')
    expect(await stored(tenant)).toEqual(before)
  })

  it('an account that is deleted, or that nobody has', async () => {
    const tenant = await freshTenant()
    const id = await idOf(tenant)
    expectStatus(await deliverClerk('user.deleted', { id: tenant.clerkId, deleted: true }), 200)
    const before = await stored(tenant)
    expectProblem(await patch(admin, id, { limits: { files: 1 } }), 409, 'conflict')
    expect(await stored(tenant)).toEqual(before)
    expect(await entriesOf(id)).toEqual([])
    expectProblem(await patch(admin, nobody, { limits: {} }), 404, 'not_found')
  })

  it('other methods', async () => {
    for (const method of ['PUT', 'DELETE'])
      expectProblem(await admin.call(method, `/api/admin/users/${nobody}`), 405, 'method_not_allowed')
    expectProblem(await admin.call('POST', '/api/admin/users'), 405, 'method_not_allowed')
  })
})
