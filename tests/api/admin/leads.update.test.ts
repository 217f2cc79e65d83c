import { Types } from 'mongoose'
import { beforeAll, describe, expect, it } from 'vitest'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { actionsOn, nobody, PIPELINES } from './leads.ts'

let admin: Tenant
let other: Tenant
let adminId: string
beforeAll(async () => {
  admin = await freshTenant({ role: 'admin', plan: 'enterprise' })
  other = await freshTenant({ role: 'admin', plan: 'enterprise' })
  adminId = (await admin.call('GET', '/api/app/me')).body.id
})

describe.each(PIPELINES)('PATCH $path/{id}', ({ path, statuses, target, add, collection }) => {
  const [first, second, third, fourth] = statuses
  const patch = (id: string, json: object, by = admin) => by.call('PATCH', `${path}/${id}`, { json })
  const stored = (id: string) => collection.findOne({ _id: new Types.ObjectId(id) })

  it('moves it on, notes why, and logs both in one entry', async () => {
    const id = await add()
    const before = Date.now()
    const answer = await patch(id, { status: second, note: '  Called.  ' })
    expectStatus(answer, 200)
    const { createdAt } = answer.body.notes[0]
    expect(Date.parse(createdAt)).toBeGreaterThanOrEqual(before)
    const note = { text: 'Called.', author: { id: adminId, email: admin.email }, createdAt }
    expect(answer.body).toMatchObject({ id, status: second, notes: [note] })
    expect((await admin.call('GET', `${path}/${id}`)).body).toEqual(answer.body)
    expect(await actionsOn(id)).toEqual([
      expect.objectContaining({
        actorId: new Types.ObjectId(adminId),
        action: `${target}.updated`,
        target: { type: target, id: new Types.ObjectId(id) },
        changes: { status: { from: first, to: second } },
        note: 'Called.',
      }),
    ])
  })

  it('takes a status alone', async () => {
    const id = await add()
    expect((await patch(id, { status: fourth })).body).toMatchObject({ status: fourth, notes: [] })
    expect(await actionsOn(id)).toMatchObject([
      { changes: { status: { from: first, to: fourth } }, note: null },
    ])
  })

  it('takes a note alone, or with the status it has: nothing else changes', async () => {
    const id = await add()
    expect((await patch(id, { note: 'One' })).body).toMatchObject({ status: first })
    expect((await patch(id, { note: 'Two', status: first })).body).toMatchObject({ status: first })
    expect((await stored(id))?.notes).toMatchObject([{ text: 'One' }, { text: 'Two' }])
    expect(await actionsOn(id)).toMatchObject([
      { changes: {}, note: 'One' },
      { changes: {}, note: 'Two' },
    ])
  })

  it('writes nothing where nothing changes', async () => {
    const id = await add()
    const before = await stored(id)
    expectStatus(await patch(id, { status: first }), 200)
    expect(await stored(id)).toEqual(before)
    expect(await actionsOn(id)).toEqual([])
  })

  it('lets admins write at once: the log has each, in the order in which it happened', async () => {
    const id = await add()
    const moves = [second, third, fourth, second, third].map((status, i) =>
      patch(id, { status, note: `${i}` }, i % 2 ? other : admin),
    )
    for (const answer of await Promise.all(moves)) expectStatus(answer, 200)
    const lead = await stored(id)
    const entries = await actionsOn(id)
    expect(entries.map(({ note }) => note).sort()).toEqual(['0', '1', '2', '3', '4'])
    const order = lead?.notes.map(({ text }: { text: string }) => text)
    const inOrder = order.map((text: string) => entries.find(({ note }) => note === text))
    let status: string = first
    for (const entry of inOrder) {
      if (!entry?.changes.status) continue
      expect(entry.changes.status.from).toBe(status)
      status = entry.changes.status.to
    }
    expect(lead?.status).toBe(status)
  })

  it('keeps 500 notes, no more; the status still moves', async () => {
    const notes = Array.from({ length: 499 }, (_, i) => ({
      text: `${i}`,
      authorId: new Types.ObjectId(nobody),
      createdAt: new Date(i),
    }))
    const id = await add({ notes })
    expectStatus(await patch(id, { note: 'The last' }), 200)
    expectProblem(await patch(id, { note: 'Too many', status: second }), 409, 'conflict')
    expect(await stored(id)).toMatchObject({ status: first })
    expect(await actionsOn(id)).toHaveLength(1)
    expectStatus(await patch(id, { status: second }), 200)
  })

  it.each([
    ['a status that is none', { status: 'archived' }],
    ['no status', { status: null }],
    ['an empty patch', {}],
    ['a list', []],
    ['an unknown field', { note: 'a', name: 'b' }],
    ['an empty note', { note: '  ' }],
    ['a note that is too long', { note: 'x'.repeat(2_001) }],
    ['a note that is no text', { note: { $set: 1 } }],
  ])('refuses %s', async (_name, json) => {
    const id = await add()
    const before = await stored(id)
    expectProblem(await patch(id, json), 400, 'invalid_input')
    expect(await stored(id)).toEqual(before)
    expect(await actionsOn(id)).toEqual([])
  })

  it('takes the longest note', async () => {
    expectStatus(await patch(await add(), { note: 'x'.repeat(2_000) }), 200)
  })

  it('knows no lead of another id', async () => {
    expectProblem(await patch(nobody, { note: 'a' }), 404, 'not_found')
    expect(await actionsOn(nobody)).toEqual([])
    expectProblem(await patch('x', { note: 'a' }), 404, 'not_found')
    expectProblem(await admin.call('GET', `${path}/${nobody}`), 404, 'not_found')
    expectProblem(await admin.call('GET', `${path}/x`), 404, 'not_found')
  })
})
