import { Types } from 'mongoose'
import { beforeAll, describe, expect, it } from 'vitest'
import { listActions } from '../../../lib/audit/list-actions.ts'
import { AuditEntry } from '../../../models/audit-entry.ts'
import { User } from '../../../models/user.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { explained } from '../../helpers/explain.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { entriesOf, idOf, patch, readAll, suspend } from './accounts.ts'

const path = '/api/admin/audit'
let admin: Tenant
let adminId: string
beforeAll(async () => {
  admin = await freshTenant({ role: 'admin' })
  adminId = await idOf(admin)
  await User.updateOne({ clerkId: admin.clerkId }, { $set: { limits: { requestsPerMinute: null } } })
})

const list = (query = '', limit = 2) => readAll(admin, `${path}?${query}`, limit)
type View = { id: string; action: string; target: { id: string }; actor: { id: string } }
const ids = (views: View[]) => views.map(({ id }) => id)

describe('the log', () => {
  it('tells who did what to what and when', async () => {
    const tenant = await freshTenant()
    const id = await idOf(tenant)
    await suspend(admin, id, { reason: 'Sold access' })
    await patch(admin, id, { limits: { files: 2 } })
    const [limits, suspension] = await list(`targetId=${id}`)
    expect(limits).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      actor: { id: adminId, email: admin.email },
      action: 'user.limits_changed',
      target: { type: 'user', id, email: tenant.email },
      changes: { limits: { from: {}, to: { files: 2 } } },
      note: null,
      createdAt: expect.any(String),
    })
    expect(suspension).toMatchObject({
      action: 'user.suspended',
      changes: {
        suspension: { from: null, to: { at: expect.any(String), until: null, reason: 'Sold access' } },
      },
      note: 'Sold access',
    })
    expect(Math.abs(Date.now() - Date.parse(limits.createdAt))).toBeLessThan(60_000)
  })

  it('is newest first, in pages without a gap or a duplicate', async () => {
    const tenant = await freshTenant()
    const id = await idOf(tenant)
    for (const files of [1, 2, 3, 4, 5]) await patch(admin, id, { limits: { files } })
    const whole = ids(await list('', 2))
    expect(whole).toEqual([...new Set(whole)].sort().reverse())
    expect(whole).toHaveLength(await AuditEntry.estimatedDocumentCount())
    const found = await list(`targetId=${id}`, 2)
    expect(found.map(({ changes }) => changes.limits.to.files)).toEqual([5, 4, 3, 2, 1])
  })

  it('can be narrowed to an action, an admin and an object, also together', async () => {
    const other = await freshTenant({ role: 'admin' })
    const [otherId, one, two] = [
      await idOf(other),
      await idOf(await freshTenant()),
      await idOf(await freshTenant()),
    ]
    await patch(admin, one, { limits: { files: 1 } })
    await suspend(other, one)
    await suspend(admin, two)
    await suspend(other, two)
    const action = 'user.suspended'
    for (const [query, wanted] of [
      [`targetId=${one}`, (view: View) => view.target.id === one],
      [`actorId=${otherId}`, (view: View) => view.actor.id === otherId],
      [`action=${action}`, (view: View) => view.action === action],
      [
        `action=${action}&actorId=${otherId}`,
        (view: View) => view.action === action && view.actor.id === otherId,
      ],
      [`action=${action}&targetId=${one}`, (view: View) => view.action === action && view.target.id === one],
      [
        `actorId=${adminId}&targetId=${two}`,
        (view: View) => view.actor.id === adminId && view.target.id === two,
      ],
      [
        `action=${action}&actorId=${adminId}&targetId=${one}`,
        ({ action: done, actor, target }: View) =>
          done === action && actor.id === adminId && target.id === one,
      ],
    ] as const)
      expect(ids(await list(query, 1)), query).toEqual(ids((await list('', 100)).filter(wanted)))
    expect(await list(`action=${action}&actorId=${otherId}`)).toHaveLength(2)
    expect(await list(`action=${action}&actorId=${adminId}&targetId=${one}`)).toEqual([])
  })

  it('outlives the admin, whose address it does not hold', async () => {
    const other = await freshTenant({ role: 'admin' })
    const [otherId, tenant] = [await idOf(other), await freshTenant()]
    const id = await idOf(tenant)
    await suspend(other, id)
    expect(await list(`targetId=${id}`)).toMatchObject([{ actor: { id: otherId, email: other.email } }])
    await User.deleteOne({ clerkId: other.clerkId })
    expect(await list(`targetId=${id}`)).toMatchObject([{ actor: { id: otherId, email: null } }])
    const stored = JSON.stringify(await entriesOf(id))
    for (const { clerkId, email } of [other, tenant])
      for (const personal of [clerkId, email]) expect(stored).not.toContain(personal)
  })

  it.each(['limit=0', 'cursor=x', 'action=user.praised', 'actorId=x', 'targetId=507f', 'action='])(
    'refuses %s',
    async query => {
      expectProblem(await admin.call('GET', `${path}?${query}`), 400, 'invalid_input')
    },
  )

  it('cannot be written to from outside', async () => {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'])
      expectProblem(await admin.call(method, path), 405, 'method_not_allowed')
  })
})

describe('a page of the log', () => {
  it('takes two commands, however many admins it names', async () => {
    await AuditEntry.insertMany(Array.from({ length: 30 }, () => entry(new Types.ObjectId())))
    await background.drain()
    expect(await commandsOf(() => listActions({ limit: 30 }))).toEqual(['find auditentries', 'find users'])
  })

  it('is read by an index in its order, whatever is asked for, and hardly more than it shows', async () => {
    const [actor, target] = [new Types.ObjectId(), new Types.ObjectId()]
    const actions = ['user.suspended', 'contact.updated', 'file.shared'] as const
    const [rareOfActor, oftenOfActor, rare] = [actions[2], actions[1], actions[0]]
    const entries = Array.from({ length: 900 }, (_, index) => {
      const isActor = index % 3 === 0
      const ofActor = index % 90 === 0 ? rareOfActor : oftenOfActor
      return entry(isActor ? actor : new Types.ObjectId(), {
        action: isActor ? ofActor : index % 2 === 0 ? rareOfActor : rare,
        target: { type: 'user', id: index % 45 === 0 ? target : new Types.ObjectId() },
      })
    })
    await AuditEntry.insertMany(entries)
    const [actorId, targetId] = [actor.toHexString(), target.toHexString()]
    for (const action of [undefined, ...actions])
      for (const who of [undefined, actorId])
        for (const what of [undefined, targetId]) {
          const search = { limit: 5, action, actorId: who, targetId: what }
          const plan = await explained('auditentries', () => listActions(search))
          const asked = JSON.stringify(search)
          expect(plan.stages, asked).toContain('IXSCAN')
          for (const stage of ['SORT', 'COLLSCAN']) expect(plan.stages, asked).not.toContain(stage)
          expect(plan.keysExamined, asked).toBeLessThanOrEqual(2 * plan.returned + 1)
          expect(plan.docsExamined, asked).toBe(plan.returned)
        }
  })

  it('answers an empty list where there is nothing', async () => {
    const answer = await admin.call('GET', `${path}?targetId=507f1f77bcf86cd799439011`)
    expectStatus(answer, 200)
    expect(answer.body).toEqual({ data: [], nextCursor: null })
  })
})

function entry(actorId: Types.ObjectId, fields: object = {}) {
  const target = { type: 'user', id: new Types.ObjectId() }
  return { actorId, action: 'user.suspended', target, ...fields }
}
