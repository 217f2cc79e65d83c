import { beforeAll, describe, expect, it } from 'vitest'
import { PolarEvent } from '../../../models/polar-event.ts'
import { clerkUserData } from '../../../scripts/local/clerk/webhooks.ts'
import { expectStatus } from '../../helpers/call.ts'
import { deliverClerk, freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { billingOf } from '../polar/stored.ts'
import { fillUp, longId, makeRoom } from '../polar/too-much.ts'
import { deliver, deliverFailing, newClerkId, path, replayPath, subscription } from './billing-events.ts'

let admin: Tenant
beforeAll(async () => {
  admin = await freshTenant({ role: 'admin' })
})

const replay = (id: string) => admin.call('POST', replayPath(id))
const createUser = (id: string, email = `${id}@example.com`) =>
  deliverClerk('user.created', clerkUserData({ id, email }))
const idsOf = (body: { data: { id: string }[] }) => body.data.map(({ id }) => id)

describe('GET /api/admin/polar-events', () => {
  it('shows what billing sent, newest first, without payloads', async () => {
    const { clerkId, email } = await freshTenant()
    const data = subscription({ externalId: clerkId })
    const [first, second] = [await deliver(data), await deliver({}, 'order.paid')]
    const answer = await admin.call('GET', `${path}?limit=2`)
    expectStatus(answer, 200)
    expect(idsOf(answer.body)).toEqual([second, first])
    expect(answer.body.data[1]).toEqual({
      id: first,
      eventId: expect.any(String),
      type: 'subscription.active',
      status: 'processed',
      error: null,
      customer: { externalId: clerkId, id: data.customer_id, email },
      processedAt: expect.any(String),
      createdAt: expect.any(String),
    })
    expect(answer.body.data[0]).toMatchObject({
      status: 'ignored',
      customer: { externalId: null, id: null, email: null },
      processedAt: null,
    })
  })

  it('shows those of one status', async () => {
    const { clerkId } = await freshTenant()
    const made = {
      processed: await deliver(subscription({ externalId: clerkId })),
      ignored: await deliver({}, 'order.paid'),
      pending: await deliver(subscription({ externalId: newClerkId() })),
      failed: await deliver({ id: null }),
    }
    for (const [status, id] of Object.entries(made)) {
      const { body } = await admin.call('GET', `${path}?status=${status}&limit=100`)
      expect(idsOf(body)[0]).toBe(id)
      expect(new Set(body.data.map((event: { status: string }) => event.status))).toEqual(new Set([status]))
    }
  })

  it.each(['', '&status=ignored'])('shows each once, page by page (%s)', async filter => {
    for (let count = 0; count < 5; count++) await deliver({}, 'order.paid')
    const all = await PolarEvent.find(filter ? { status: 'ignored' } : {})
      .sort({ _id: -1 })
      .lean()
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const query: string = `?limit=2${filter}${cursor && `&cursor=${cursor}`}`
      const { body } = await admin.call('GET', path + query)
      expect(body.data.length).toBeLessThanOrEqual(2)
      seen.push(...idsOf(body))
      cursor = body.nextCursor
    }
    expect(seen).toEqual(all.map(({ _id }) => _id.toHexString()))
  })
})

describe('POST /api/admin/polar-events/{id}?action=replay', () => {
  it('applies a pending event whose customer is known by now', async () => {
    const [one, other] = [newClerkId(), newClerkId()]
    const email = `${one}@example.com`
    await Promise.all([createUser(one, email), createUser(other, email)])
    const id = await deliver(subscription({ externalId: null, email }))
    expect((await replay(id)).body).toMatchObject({ id, status: 'pending', processedAt: null })
    await deliverClerk('user.deleted', { id: other, deleted: true })
    const answer = await replay(id)
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({ status: 'processed', error: null, processedAt: expect.any(String) })
    expect(await billingOf(one)).toMatchObject({ plan: 'professional' })
    expect(await billingOf(other)).toMatchObject({ plan: 'starter' })
  })

  it('leaves one pending whose customer is unknown still', async () => {
    const id = await deliver(subscription({ externalId: newClerkId() }))
    const answer = await replay(id)
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({ id, status: 'pending', error: null, processedAt: null })
  })

  it('applies a failed event once its cause is gone', async () => {
    const { clerkId } = await freshTenant()
    await fillUp(clerkId)
    const data = subscription({ externalId: clerkId, id: longId() })
    const id = await deliver(data)
    const failed = await replay(id)
    expectStatus(failed, 200)
    expect(failed.body).toMatchObject({ status: 'failed', error: expect.any(String), processedAt: null })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'starter' })
    await makeRoom(clerkId)
    const answer = await replay(id)
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({ status: 'processed', error: null, processedAt: expect.any(String) })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional', polarSubscriptionId: data.id })
  })

  it('applies an event that is kept as text', async () => {
    const { clerkId } = await freshTenant()
    const answer = await replay(await deliverFailing(clerkId))
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({ status: 'processed', error: null })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })

  it('learns whose an event is that could not be read before; it waits for them', async () => {
    const clerkId = newClerkId()
    const id = await deliver({ ...subscription({ externalId: clerkId }), status: null })
    const listed = await admin.call('GET', `${path}?status=failed&limit=1`)
    expect(listed.body.data[0]).toMatchObject({ id, customer: { externalId: null } })
    await PolarEvent.updateOne({ _id: id }, { $set: { 'payload.data.status': 'active' } })
    const answer = await replay(id)
    expect(answer.body).toMatchObject({ status: 'pending', error: null, customer: { externalId: clerkId } })
    await createUser(clerkId)
    expect(await PolarEvent.findById(id).lean()).toMatchObject({ status: 'processed' })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })

  it('does not let an older event undo what a newer one said', async () => {
    const { clerkId } = await freshTenant()
    const data = subscription({ externalId: clerkId })
    const id = await deliver({ ...data, metadata: { 'a\u0000b': 1 } })
    await deliver({ ...data, status: 'canceled' }, 'subscription.revoked')
    const before = await billingOf(clerkId)
    expect((await replay(id)).body).toMatchObject({ status: 'processed' })
    expect(await billingOf(clerkId)).toEqual(before)
    expect(before).toMatchObject({ plan: 'starter', subscriptionStatus: 'canceled' })
  })

  it('finds no meaning in an event that has none for billing', async () => {
    const id = await deliver({ 'a\u0000b': 1 }, 'order.paid')
    const answer = await replay(id)
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({ status: 'ignored', error: null, processedAt: null })
  })
})
