import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { PolarEvent } from '../../../models/polar-event.ts'
import { User } from '../../../models/user.ts'
import {
  polarCustomer,
  polarCustomerState,
  polarSubscription,
  type SubscriptionInput,
} from '../../../scripts/local/polar/payloads.ts'
import { expectStatus } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { deliverPolar, freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { billingOf, storedEvent } from './stored.ts'

const { products } = services.polar

const subscription = (externalId: string, given: Partial<SubscriptionInput> = {}) =>
  polarSubscription({ externalId, productId: products.professional, products, ...given })

describe('POST /api/polar/webhook: an event is stored once', () => {
  it('with its payload, customer and outcome', async () => {
    const { clerkId, email } = await freshTenant()
    const [id, data] = [randomUUID(), subscription(clerkId)]
    const timestamp = '2026-01-02T03:04:05.678901Z'
    const answer = await deliverPolar('subscription.active', data, { id, timestamp })
    expectStatus(answer, 200)
    expect(answer.body).toEqual({ duplicate: false, status: 'processed' })
    expect(await storedEvent(id)).toMatchObject({
      eventId: id,
      type: 'subscription.active',
      status: 'processed',
      processedAt: expect.any(Date),
      error: null,
      customer: { externalId: clerkId, id: data.customer_id, email },
      payload: { type: 'subscription.active', timestamp, data: JSON.parse(JSON.stringify(data)) },
    })
  })

  it('and a second delivery of it changes nothing, whatever it says', async () => {
    const { clerkId } = await freshTenant()
    const id = randomUUID()
    await deliverPolar('subscription.active', subscription(clerkId), { id })
    const [event, billing] = [await storedEvent(id), await billingOf(clerkId)]
    const again = await deliverPolar('subscription.revoked', subscription(clerkId, { status: 'canceled' }), {
      id,
    })
    expectStatus(again, 200)
    expect(again.body).toEqual({ duplicate: true })
    expect(await storedEvent(id)).toEqual(event)
    expect(await billingOf(clerkId)).toEqual(billing)
  })

  it('however many deliveries come at once', async () => {
    const { clerkId } = await freshTenant()
    const [id, data] = [randomUUID(), subscription(clerkId)]
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => deliverPolar('subscription.active', data, { id })),
    )
    for (const answer of answers) expectStatus(answer, 200)
    expect(answers.filter(({ body }) => body.duplicate)).toHaveLength(39)
    expect(answers.filter(({ body }) => body.status === 'processed')).toHaveLength(1)
    expect(await PolarEvent.countDocuments({ eventId: id })).toBe(1)
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional', polarSubscriptionId: data.id })
  })

  it.each([
    ['a type nobody knows', 'meteor.landed', { size: 3 }],
    ['a subscription type nobody knows', 'subscription.teleported', { id: 1 }],
    ['a known type without an effect', 'customer.created', polarCustomer({ externalId: 'user_x' })],
    ['a known type with strange content', 'order.paid', null],
  ])('as ignored: %s', async (_name, type, data) => {
    const id = randomUUID()
    const answer = await deliverPolar(type, data, { id })
    expectStatus(answer, 200)
    expect(answer.body).toEqual({ duplicate: false, status: 'ignored' })
    expect(await storedEvent(id)).toMatchObject({ type, status: 'ignored', processedAt: null, error: null })
    expect((await deliverPolar(type, data, { id })).body).toEqual({ duplicate: true })
  })

  it('as failed, with what is wrong, when it is malformed; the user stays as it was', async () => {
    const { clerkId } = await freshTenant({ plan: 'enterprise' })
    const before = await billingOf(clerkId)
    const id = randomUUID()
    const malformed = { ...subscription(clerkId), id: null, current_period_end: 'never' }
    const answer = await deliverPolar('subscription.updated', malformed, { id })
    expectStatus(answer, 200)
    expect(answer.body).toEqual({ duplicate: false, status: 'failed' })
    const stored = await storedEvent(id)
    expect(stored).toMatchObject({ status: 'failed', processedAt: null, payload: { data: { id: null } } })
    expect(stored?.error).toContain('current_period_end')
    expect(await billingOf(clerkId)).toEqual(before)
  })

  it('in one transaction of three commands', async () => {
    const { clerkId } = await freshTenant()
    const deliver = () => deliverPolar('subscription.active', subscription(clerkId))
    const transaction = ['find users', 'insert polarevents', 'update users', 'commitTransaction 1']
    // The first one tells the user's customer id, by which other events may be waiting.
    expect(await commandsOf(deliver)).toEqual([...transaction, 'find users', 'find polarevents'])
    expect(await commandsOf(deliver)).toEqual(transaction)
  })
})

describe('POST /api/polar/webhook: what a subscription’s events do', () => {
  it.each(['professional', 'enterprise'] as const)('the product of %s gives that plan', async plan => {
    const { clerkId, call } = await freshTenant()
    const data = subscription(clerkId, { productId: products[plan] })
    await deliverPolar('subscription.created', data)
    expect(await billingOf(clerkId)).toEqual({
      plan,
      subscriptionStatus: 'active',
      polarCustomerId: data.customer_id,
      polarSubscriptionId: data.id,
      currentPeriodEnd: new Date(data.current_period_end),
      cancelAtPeriodEnd: false,
    })
    const me = await call('GET', '/api/app/me')
    expect(me.body).toMatchObject({
      plan,
      subscription: { status: 'active', currentPeriodEnd: data.current_period_end, cancelAtPeriodEnd: false },
    })
  })

  it('a product nobody mapped gives starter', async () => {
    const { clerkId } = await freshTenant()
    const data = subscription(clerkId, { productId: randomUUID() })
    await deliverPolar('subscription.active', data)
    const expected = { plan: 'starter', subscriptionStatus: 'active', polarSubscriptionId: data.id }
    expect(await billingOf(clerkId)).toMatchObject(expected)
  })

  it.each([
    ['subscription.active', 'active', 'professional', 'active'],
    ['subscription.updated', 'trialing', 'professional', 'trialing'],
    ['subscription.past_due', 'past_due', 'professional', 'past_due'],
    ['subscription.revoked', 'canceled', 'starter', 'canceled'],
    ['subscription.revoked', 'unpaid', 'starter', 'canceled'],
    ['subscription.updated', 'unpaid', 'starter', 'canceled'],
    ['subscription.updated', 'incomplete_expired', 'starter', 'canceled'],
    ['subscription.created', 'incomplete', 'starter', null],
  ] as const)('%s with status %s: %s, shown as %s', async (type, status, plan, subscriptionStatus) => {
    const { clerkId } = await freshTenant()
    const id = randomUUID()
    await deliverPolar('subscription.active', subscription(clerkId, { id }))
    await deliverPolar(type, subscription(clerkId, { id, status }))
    expect(await billingOf(clerkId)).toMatchObject({
      plan,
      subscriptionStatus,
      polarSubscriptionId: id,
      polarCustomerId: expect.any(String),
    })
  })

  it('cancelling keeps the plan until the subscription is revoked; its ids stay', async () => {
    const { clerkId } = await freshTenant()
    const id = randomUUID()
    const active = subscription(clerkId, { id })
    await deliverPolar('subscription.active', active)
    for (const type of ['subscription.updated', 'subscription.canceled'])
      await deliverPolar(type, subscription(clerkId, { id, cancelAtPeriodEnd: true }))
    expect(await billingOf(clerkId)).toMatchObject({
      plan: 'professional',
      subscriptionStatus: 'active',
      cancelAtPeriodEnd: true,
    })
    await deliverPolar('subscription.revoked', subscription(clerkId, { id, status: 'canceled' }))
    expect(await billingOf(clerkId)).toMatchObject({
      plan: 'starter',
      subscriptionStatus: 'canceled',
      polarSubscriptionId: id,
      polarCustomerId: active.customer_id,
    })
  })

  it('a canceled subscription keeps its plan until it is over', async () => {
    const { clerkId } = await freshTenant()
    const id = randomUUID()
    const canceled = { ...subscription(clerkId, { id, status: 'canceled' }), ended_at: null }
    await deliverPolar('subscription.active', subscription(clerkId, { id }))
    await deliverPolar('subscription.canceled', canceled)
    const bearing = { plan: 'professional', subscriptionStatus: 'canceled' }
    expect(await billingOf(clerkId)).toMatchObject(bearing)
    await deliverPolar('subscription.updated', subscription(clerkId, { id, status: 'canceled' }))
    const over = { plan: 'starter', subscriptionStatus: 'canceled', polarSubscriptionId: id }
    expect(await billingOf(clerkId)).toMatchObject(over)
    await deliverPolar('subscription.updated', canceled)
    expect(await billingOf(clerkId)).toMatchObject(over)
  })

  it('sets when Polar is to be asked again, while something gives access', async () => {
    const { clerkId } = await freshTenant()
    const checkAt = async () => (await User.findOne({ clerkId }).lean())?.polarCheckAt
    const hours = 3_600_000
    const currentPeriodEnd = new Date(Date.now() + 5 * hours)
    const id = randomUUID()
    const before = Date.now()
    await deliverPolar('subscription.active', subscription(clerkId, { id }))
    const due = (await checkAt())?.getTime() ?? 0
    expect(due).toBeGreaterThanOrEqual(before + 20 * hours)
    expect(due).toBeLessThanOrEqual(Date.now() + 20 * hours)
    await deliverPolar('subscription.updated', subscription(clerkId, { id, currentPeriodEnd }))
    const sooner = new Date(currentPeriodEnd.getTime() + hours)
    expect(await checkAt()).toEqual(sooner)
    await deliverPolar('subscription.cycled', subscription(clerkId, { id }))
    expect(await checkAt()).toEqual(sooner)
  })

  it('keeps a check that stands when nothing gives access, and plans none', async () => {
    const { clerkId } = await freshTenant()
    const checkAt = async () => (await User.findOne({ clerkId }).lean())?.polarCheckAt
    const ended = (status: 'incomplete' | 'canceled') => subscription(clerkId, { id: randomUUID(), status })
    await deliverPolar('subscription.created', ended('incomplete'))
    expect(await checkAt()).toBeNull()
    const planned = new Date(Date.now() + 1_000)
    await User.updateOne({ clerkId }, { $set: { polarCheckAt: planned } })
    await deliverPolar('subscription.revoked', ended('canceled'))
    expect(await checkAt()).toEqual(planned)
  })

  it('taking a cancellation back, or an upgrade, shows at once', async () => {
    const { clerkId } = await freshTenant()
    const id = randomUUID()
    await deliverPolar('subscription.canceled', subscription(clerkId, { id, cancelAtPeriodEnd: true }))
    await deliverPolar('subscription.uncanceled', subscription(clerkId, { id }))
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional', cancelAtPeriodEnd: false })
    await deliverPolar('subscription.updated', subscription(clerkId, { id, productId: products.enterprise }))
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'enterprise', polarSubscriptionId: id })
  })

  it('one user’s events never touch another user', async () => {
    const [own, other] = [
      await freshTenant({ plan: 'professional' }),
      await freshTenant({ plan: 'enterprise' }),
    ]
    const before = await billingOf(other.clerkId)
    await deliverPolar('subscription.revoked', subscription(own.clerkId, { status: 'canceled' }))
    expect(await billingOf(other.clerkId)).toEqual(before)
  })
})

describe('POST /api/polar/webhook: customer.state_changed', () => {
  const stateOf = (externalId: string, ...active: ReturnType<typeof subscription>[]) =>
    polarCustomerState({ externalId, activeSubscriptions: active })

  it('with an active subscription gives its plan; with none left ends it, keeping the ids', async () => {
    const { clerkId } = await freshTenant()
    const data = subscription(clerkId, { productId: products.enterprise })
    const answer = await deliverPolar('customer.state_changed', stateOf(clerkId, data))
    expect(answer.body).toEqual({ duplicate: false, status: 'processed' })
    const kept = { polarSubscriptionId: data.id, polarCustomerId: data.customer_id }
    expect(await billingOf(clerkId)).toMatchObject({
      plan: 'enterprise',
      subscriptionStatus: 'active',
      ...kept,
    })
    await deliverPolar('customer.state_changed', stateOf(clerkId))
    expect(await billingOf(clerkId)).toMatchObject({
      plan: 'starter',
      subscriptionStatus: 'canceled',
      ...kept,
    })
  })

  it('before any subscription leaves the user on starter', async () => {
    const { clerkId } = await freshTenant()
    await deliverPolar('customer.state_changed', stateOf(clerkId))
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'starter', subscriptionStatus: null })
  })

  it('older than the subscription’s own event changes nothing', async () => {
    const { clerkId } = await freshTenant()
    const data = subscription(clerkId)
    await deliverPolar('subscription.active', data, { timestamp: '2026-01-02T00:00:00.000002Z' })
    const before = await billingOf(clerkId)
    await deliverPolar('customer.state_changed', stateOf(clerkId), {
      timestamp: '2026-01-02T00:00:00.000001Z',
    })
    expect(await billingOf(clerkId)).toEqual(before)
    await deliverPolar('customer.state_changed', stateOf(clerkId), {
      timestamp: '2026-01-02T00:00:00.000003Z',
    })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'starter', polarSubscriptionId: data.id })
  })
})
