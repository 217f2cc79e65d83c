import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { PolarEvent } from '../../../models/polar-event.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { billingOf } from '../polar/stored.ts'
import { fillUp, longId, makeRoom } from '../polar/too-much.ts'
import { deliver, deliverFailing, newClerkId, path, replayPath, subscription } from './billing-events.ts'

let admin: Tenant
beforeAll(async () => {
  admin = await freshTenant({ role: 'admin' })
})
const nobody = '507f1f77bcf86cd799439011'

const replay = (id: string, headers = {}) => admin.call('POST', replayPath(id), { headers })
const stored = (id: string) => PolarEvent.findById(id).lean()

describe('GET /api/admin/polar-events: what it refuses', () => {
  it.each(['limit=0', 'limit=101', 'limit=x', 'status=lost', 'status=', 'cursor=x', `cursor=${nobody}`])(
    '%s',
    async query => {
      expectProblem(await admin.call('GET', `${path}?${query}`), 400, 'invalid_input')
    },
  )
})

describe('POST /api/admin/polar-events/{id}?action=replay: what it refuses', () => {
  it('an id that nothing has', async () => {
    expectProblem(await replay(nobody), 404, 'not_found')
  })

  it('an event that was processed, or that is ignored; neither changes', async () => {
    const { clerkId } = await freshTenant()
    for (const id of [
      await deliver(subscription({ externalId: clerkId })),
      await deliver({}, 'order.paid'),
    ]) {
      const before = await stored(id)
      expectProblem(await replay(id), 409, 'conflict')
      expect(await stored(id)).toEqual(before)
    }
  })

  it('another action, or none', async () => {
    const id = await deliver(subscription({ externalId: newClerkId() }))
    expectProblem(await admin.call('POST', `${path}/${id}`), 400, 'invalid_input')
    expectProblem(await admin.call('POST', `${path}/${id}?action=delete`), 400, 'invalid_input')
  })

  it('another method', async () => {
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'])
      expectProblem(await call(method, `${path}/${nobody}`), 405, 'method_not_allowed')
    expectProblem(await call('POST', path), 405, 'method_not_allowed')
  })
})

describe('POST /api/admin/polar-events/{id}?action=replay: ten at once', () => {
  it('apply a failed event once', async () => {
    const { clerkId } = await freshTenant()
    const id = await deliverFailing(clerkId)
    const answers = await Promise.all(Array.from({ length: 10 }, () => replay(id)))
    const applied = answers.filter(({ status }) => status === 200)
    expect(applied).toHaveLength(1)
    for (const answer of answers) if (answer !== applied[0]) expectProblem(answer, 409, 'conflict')
    expect((await stored(id))?.processedAt?.toISOString()).toBe(applied[0]?.body.processedAt)
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })

  it('of one that fails again, leave it failed', async () => {
    const id = await deliver({ id: null })
    const answers = await Promise.all(Array.from({ length: 10 }, () => replay(id)))
    for (const answer of answers) {
      expectStatus(answer, 200)
      expect(answer.body).toMatchObject({ status: 'failed', error: expect.stringContaining('status') })
    }
  })
})

describe('POST /api/admin/polar-events/{id}?action=replay: with an Idempotency-Key', () => {
  const keyed = (key: string) => ({ 'Idempotency-Key': key })

  it('says again what the first replay said', async () => {
    const { clerkId } = await freshTenant()
    const [id, key] = [await deliverFailing(clerkId), keyed(randomUUID())]
    const [first, again] = [await replay(id, key), await replay(id, key)]
    expectStatus(first, 200)
    expect(first.body).toMatchObject({ status: 'processed' })
    expectStatus(again, 200)
    expect(again.body).toEqual(first.body)
    expectProblem(await replay(id, keyed(randomUUID())), 409, 'conflict')
  })

  it('of an event that still cannot be read keeps it as failed', async () => {
    const id = await deliver({ id: null })
    const answer = await replay(id, keyed(randomUUID()))
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({ status: 'failed' })
  })

  it('of an event whose effect the database refuses changes nothing, and can be tried again', async () => {
    const { clerkId } = await freshTenant()
    await fillUp(clerkId)
    const id = await deliver(subscription({ externalId: clerkId, id: longId() }))
    const [before, key] = [await stored(id), keyed(randomUUID())]
    expectProblem(await replay(id, key), 500, 'internal')
    expect(await stored(id)).toEqual(before)
    await makeRoom(clerkId)
    const answer = await replay(id, key)
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({ status: 'processed' })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })
})
