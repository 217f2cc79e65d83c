import { randomUUID } from 'node:crypto'
import { setImmediate as tick } from 'node:timers/promises'
import type { CommandSucceededEvent } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { connect } from '../../../lib/db/connect.ts'
import { PolarEvent } from '../../../models/polar-event.ts'
import { User } from '../../../models/user.ts'
import { clerkUserData } from '../../../scripts/local/clerk/webhooks.ts'
import { polarSubscription, type SubscriptionInput } from '../../../scripts/local/polar/payloads.ts'
import { call, expectStatus } from '../../helpers/call.ts'
import { deliverClerk, deliverPolar, freshTenant } from '../../helpers/tenant.ts'
import { random } from '../../lib/billing/histories.ts'
import { services } from '../../setup/services.ts'
import { billingOf, storedEvent } from './stored.ts'

const { products } = services.polar
const newClerkId = () => `user_${randomUUID().replaceAll('-', '')}`

const subscription = (given: Partial<SubscriptionInput> & { externalId: string | null }) =>
  polarSubscription({ productId: products.professional, products, ...given })

const deliver = (data: unknown, id = randomUUID()) => deliverPolar('subscription.active', data, { id })

const createUser = (id: string, email = `${id}@example.com`) =>
  deliverClerk('user.created', clerkUserData({ id, email }))

/** The ids of the subscriptions that a user is known to have. */
async function subscriptionsOf(clerkId: string): Promise<string[]> {
  const user = await User.findOne({ clerkId }).lean()
  return (user?.polarSubscriptions ?? []).map(({ id }) => id)
}

async function openSession(clerkId: string) {
  const headers = { Authorization: `Bearer ${await services.clerk.sessionToken(clerkId)}` }
  return call('GET', '/api/app/me', { headers })
}

describe('POST /api/polar/webhook: whose event it is', () => {
  it('the external id wins over a known Polar id and over an email', async () => {
    const [a, b, c] = [await freshTenant(), await freshTenant(), await freshTenant()]
    const customerId = randomUUID()
    await deliver(subscription({ externalId: b.clerkId, customerId, productId: randomUUID() }))
    await deliver(subscription({ externalId: a.clerkId, customerId, email: c.email }))
    expect(await billingOf(a.clerkId)).toMatchObject({ plan: 'professional', polarCustomerId: customerId })
    expect(await billingOf(b.clerkId)).toMatchObject({ plan: 'starter' })
    expect(await billingOf(c.clerkId)).toMatchObject({ plan: 'starter', polarCustomerId: null })
  })

  it('the Polar id comes second, before the email', async () => {
    const [a, b] = [await freshTenant(), await freshTenant()]
    const customerId = randomUUID()
    await deliver(subscription({ externalId: a.clerkId, customerId }))
    for (const externalId of [null, newClerkId()]) {
      const productId = externalId ? products.professional : products.enterprise
      await deliver(subscription({ externalId, customerId, email: b.email, productId }))
    }
    expect(await billingOf(a.clerkId)).toMatchObject({ plan: 'enterprise' })
    expect(await billingOf(b.clerkId)).toMatchObject({ plan: 'starter', polarCustomerId: null })
  })

  it('the email comes last, in any case, and the Polar id is kept', async () => {
    const { clerkId, email } = await freshTenant()
    const data = subscription({ externalId: null, email: ` ${email.toUpperCase()}` })
    expect((await deliver(data)).body).toEqual({ duplicate: false, status: 'processed' })
    expect(await billingOf(clerkId)).toMatchObject({
      plan: 'professional',
      polarCustomerId: data.customer_id,
    })
  })

  it('an email of two live users is nobody’s', async () => {
    const email = `${randomUUID()}@example.com`
    const [a, b] = [newClerkId(), newClerkId()]
    await Promise.all([createUser(a, email), createUser(b, email)])
    expect((await deliver(subscription({ externalId: null, email }))).body.status).toBe('pending')
    for (const clerkId of [a, b]) expect(await billingOf(clerkId)).toMatchObject({ plan: 'starter' })
  })

  it('an email of a deleted and a live user is the live one’s', async () => {
    const email = `${randomUUID()}@example.com`
    const [gone, live] = [newClerkId(), newClerkId()]
    await Promise.all([createUser(gone, email), createUser(live, email)])
    await deliverClerk('user.deleted', { id: gone, deleted: true })
    expect((await deliver(subscription({ externalId: null, email }))).body.status).toBe('processed')
    expect(await billingOf(live)).toMatchObject({ plan: 'professional' })
    expect(await billingOf(gone)).toMatchObject({ plan: 'starter' })
  })

  it('an email of a deleted user alone is nobody’s', async () => {
    const { clerkId, email } = await freshTenant()
    await deliverClerk('user.deleted', { id: clerkId, deleted: true })
    expect((await deliver(subscription({ externalId: null, email }))).body.status).toBe('pending')
  })

  it('a deleted user’s, unless a live one is found by Polar id or email', async () => {
    const [{ clerkId: gone }, live] = [await freshTenant(), await freshTenant()]
    const customerId = randomUUID()
    await deliver(subscription({ externalId: gone, customerId, productId: products.enterprise }))
    await deliverClerk('user.deleted', { id: gone, deleted: true })
    const id = randomUUID()
    for (const externalId of [gone, null])
      expect((await deliver(subscription({ externalId, customerId, id }))).body.status).toBe('processed')
    expect(await subscriptionsOf(gone)).toContain(id)

    await deliver(subscription({ externalId: gone, customerId, email: live.email }))
    const byCustomer = subscription({ externalId: gone, customerId, productId: products.enterprise })
    expect((await deliver(byCustomer)).body.status).toBe('processed')
    expect(await billingOf(live.clerkId)).toMatchObject({
      plan: 'enterprise',
      polarCustomerId: customerId,
      polarSubscriptionId: byCustomer.id,
    })
    expect(await subscriptionsOf(gone)).not.toContain(byCustomer.id)
  })

  it('an external id of a live user is theirs, though another live user has the address', async () => {
    const [a, b] = [await freshTenant(), await freshTenant()]
    await deliver(subscription({ externalId: a.clerkId, email: b.email }))
    expect(await billingOf(a.clerkId)).toMatchObject({ plan: 'professional' })
    expect(await billingOf(b.clerkId)).toMatchObject({ plan: 'starter' })
  })

  it('an event without any customer waits', async () => {
    const data = { ...subscription({ externalId: null }), customer: null, customer_id: null }
    expect((await deliver(data)).body.status).toBe('pending')
  })
})

describe('POST /api/polar/webhook: an event before its user', () => {
  it('waits, and is applied when the user’s webhook comes', async () => {
    const [clerkId, id] = [newClerkId(), randomUUID()]
    const answer = await deliver(subscription({ externalId: clerkId }), id)
    expectStatus(answer, 200)
    expect(answer.body).toEqual({ duplicate: false, status: 'pending' })
    expect(await storedEvent(id)).toMatchObject({ status: 'pending', processedAt: null })
    expectStatus(await createUser(clerkId), 200)
    expect(await storedEvent(id)).toMatchObject({ status: 'processed', processedAt: expect.any(Date) })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })

  it('is applied in the very first session, which already has the plan', async () => {
    const [clerkId, id] = [newClerkId(), randomUUID()]
    await deliver(subscription({ externalId: clerkId, productId: products.enterprise }), id)
    const me = await openSession(clerkId)
    expectStatus(me, 200)
    expect(me.body).toMatchObject({ plan: 'enterprise', subscription: { status: 'active' } })
    expect(await storedEvent(id)).toMatchObject({ status: 'processed' })
  })

  it('is found by email alone', async () => {
    const [clerkId, id] = [newClerkId(), randomUUID()]
    const email = `${clerkId}@Example.com`
    await deliver(subscription({ externalId: null, email }), id)
    await createUser(clerkId, email.toUpperCase())
    expect(await storedEvent(id)).toMatchObject({ status: 'processed' })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })

  it('is found by an address the user takes later', async () => {
    const [{ clerkId }, id] = [await freshTenant(), randomUUID()]
    const email = `${randomUUID()}@example.com`
    await deliver(subscription({ externalId: null, email }), id)
    const moved = clerkUserData({ id: clerkId, email, updatedAt: Date.now() + 1_000 })
    expectStatus(await deliverClerk('user.updated', moved), 200)
    expect(await storedEvent(id)).toMatchObject({ status: 'processed' })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })

  it('all of them are applied, the newest holds', async () => {
    const clerkId = newClerkId()
    const [id, ids] = [randomUUID(), [randomUUID(), randomUUID(), randomUUID()]]
    const stamp = (second: number) => `2026-01-02T00:00:0${second}.000000Z`
    const told = [
      ['subscription.revoked', 'canceled', 3],
      ['subscription.created', 'incomplete', 1],
      ['subscription.active', 'active', 2],
    ] as const
    for (const [index, [type, status, second]] of told.entries()) {
      const data = subscription({ externalId: clerkId, id, status })
      await deliverPolar(type, data, { id: ids[index] ?? '', timestamp: stamp(second) })
    }
    await createUser(clerkId)
    for (const eventId of ids) expect(await storedEvent(eventId)).toMatchObject({ status: 'processed' })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'starter', subscriptionStatus: 'canceled' })
  })

  it('is applied once its customer is known as a second one of the user', async () => {
    const { clerkId } = await freshTenant({ plan: 'enterprise' })
    const { polarCustomerId } = await billingOf(clerkId)
    const [customerId, id] = [randomUUID(), randomUUID()]
    const email = 'nobody@shop.example'
    const waiting = subscription({ externalId: null, email, customerId })
    expect((await deliver(waiting, id)).body.status).toBe('pending')
    await deliver(subscription({ externalId: clerkId, customerId }))
    expect(await storedEvent(id)).toMatchObject({ status: 'processed' })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'enterprise', polarCustomerId })
    expect(await subscriptionsOf(clerkId)).toContain(waiting.id)
  })

  it('of somebody else stays where it is', async () => {
    const id = randomUUID()
    await deliver(subscription({ externalId: newClerkId() }), id)
    await createUser(newClerkId())
    expect(await storedEvent(id)).toMatchObject({ status: 'pending' })
  })

  it('is applied by a later delivery when the first one broke off after storing it', async () => {
    const { clerkId } = await freshTenant()
    const [eventId, data] = [randomUUID(), subscription({ externalId: clerkId })]
    const payload = { type: 'subscription.active', timestamp: '2026-01-02T00:00:00Z', data }
    const customer = { externalId: clerkId, id: data.customer_id, email: null }
    await PolarEvent.create({ eventId, type: payload.type, payload, status: 'pending', customer })
    expect((await deliver(data, eventId)).body).toEqual({ duplicate: true })
    expect(await storedEvent(eventId)).toMatchObject({ status: 'processed' })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })
})

describe('POST /api/polar/webhook: an event at the same moment as its user', () => {
  it('is applied by its own delivery when the user came too late to be seen and too early to see it', async () => {
    const client = (await connect()).getClient()
    for (let round = 0; round < 5; round++) {
      const [clerkId, id] = [newClerkId(), randomUUID()]
      let arrival: Promise<unknown> | undefined
      // The transaction has looked for its user, and has not stored the event yet.
      const arrive = ({ commandName }: CommandSucceededEvent) => {
        if (commandName === 'find') arrival ??= User.create({ clerkId, email: `${clerkId}@example.com` })
      }
      client.on('commandSucceeded', arrive)
      const answer = await deliver(
        subscription({ externalId: clerkId, email: `${randomUUID()}@example.com` }),
        id,
      )
      client.off('commandSucceeded', arrive)
      await arrival
      expect(answer.body).toEqual({ duplicate: false, status: 'processed' })
      expect(await storedEvent(id)).toMatchObject({ status: 'processed' })
      expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
    }
  })

  it.each(Array.from({ length: 20 }, (_, seed) => seed + 1))('never stays pending (seed %i)', async seed => {
    const next = random(seed)
    const [clerkId, id] = [newClerkId(), randomUUID()]
    const data = subscription({ externalId: clerkId })
    const later = async (work: () => Promise<unknown>) => {
      for (let ticks = Math.floor(next() * 40); ticks > 0; ticks--) await tick()
      return work()
    }
    await Promise.all([
      later(() => deliver(data, id)),
      later(() => createUser(clerkId)),
      later(() => openSession(clerkId)),
      later(() => deliver(data, id)),
    ])
    expect(await storedEvent(id)).toMatchObject({ status: 'processed' })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
    expect(await User.countDocuments({ clerkId })).toBe(1)
  })
})
