import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { BillingChange, SubscriptionState } from '../../../lib/billing/internal/change.ts'
import { fold, type Ledger } from '../../../lib/billing/internal/ledger.ts'
import { summarise } from '../../../lib/billing/internal/summary.ts'
import type { Plan } from '../../../lib/limits/plans.ts'
import { PolarEvent } from '../../../models/polar-event.ts'
import {
  polarCustomerState,
  polarSubscription,
  type SubscriptionInput,
} from '../../../scripts/local/polar/payloads.ts'
import { expectStatus } from '../../helpers/call.ts'
import { deliverPolar, freshTenant } from '../../helpers/tenant.ts'
import { history, random, shuffledTwice } from '../../lib/billing/histories.ts'
import { services } from '../../setup/services.ts'
import { billingOf } from './stored.ts'

const { products } = services.polar

const subscription = (externalId: string, given: Partial<SubscriptionInput> = {}) =>
  polarSubscription({ externalId, productId: products.professional, products, ...given })

/** ISO 8601 with microseconds, of microseconds since the epoch. */
function stamp(at: number): string {
  const seconds = new Date(Math.floor(at / 1000)).toISOString().slice(0, 19)
  return `${seconds}.${String(at % 1_000_000).padStart(6, '0')}Z`
}

describe('POST /api/polar/webhook: only newer state is applied', () => {
  const at = Date.UTC(2026, 0, 2) * 1000 + 500_000

  it('within one millisecond', async () => {
    const { clerkId } = await freshTenant()
    const id = randomUUID()
    const newer = subscription(clerkId, { id, status: 'canceled' })
    await deliverPolar('subscription.revoked', newer, { timestamp: stamp(at + 2) })
    await deliverPolar('subscription.active', subscription(clerkId, { id }), { timestamp: stamp(at + 1) })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'starter', subscriptionStatus: 'canceled' })
  })

  it('compared as moments, not as texts', async () => {
    const { clerkId } = await freshTenant()
    const id = randomUUID()
    const ended = subscription(clerkId, { id, status: 'canceled' })
    await deliverPolar('subscription.revoked', ended, { timestamp: '2026-01-02T00:00:00.000100+00:00' })
    // Later as text, and without a fraction, which a text comparison would take for the greater.
    await deliverPolar('subscription.active', subscription(clerkId, { id }), {
      timestamp: '2026-01-02T01:00:00+01:00',
    })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'starter' })
  })

  it('so that a straggler of an ended subscription leaves the current one alone', async () => {
    const { clerkId } = await freshTenant()
    const [ended, current] = [randomUUID(), randomUUID()]
    await deliverPolar('subscription.revoked', subscription(clerkId, { id: ended, status: 'canceled' }), {
      timestamp: stamp(at),
    })
    await deliverPolar('subscription.active', subscription(clerkId, { id: current }), {
      timestamp: stamp(at + 10),
    })
    const before = await billingOf(clerkId)
    const stragglers = [
      ['subscription.updated', 'active', at - 5],
      ['subscription.canceled', 'active', at + 5],
      ['subscription.updated', 'canceled', at + 20],
      ['subscription.revoked', 'canceled', at + 30],
    ] as const
    for (const [type, status, moment] of stragglers) {
      const data = subscription(clerkId, { id: ended, status: moment > at ? 'canceled' : status })
      expectStatus(await deliverPolar(type, data, { timestamp: stamp(moment) }), 200)
      expect(await billingOf(clerkId)).toEqual(before)
    }
    const notOver = { ...subscription(clerkId, { id: ended, status: 'canceled' }), ended_at: null }
    await deliverPolar('subscription.canceled', notOver, { timestamp: stamp(at + 40) })
    expect(await billingOf(clerkId)).toEqual(before)
  })

  it('for each of two subscriptions on its own', async () => {
    const { clerkId } = await freshTenant()
    const [lower, higher] = [randomUUID(), randomUUID()]
    const enterprise = { id: higher, productId: products.enterprise }
    await deliverPolar('subscription.active', subscription(clerkId, enterprise))
    await deliverPolar('subscription.active', subscription(clerkId, { id: lower }))
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'enterprise', polarSubscriptionId: higher })
    await deliverPolar('subscription.revoked', subscription(clerkId, { ...enterprise, status: 'canceled' }))
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional', polarSubscriptionId: lower })
    await deliverPolar('subscription.revoked', subscription(clerkId, { id: lower, status: 'canceled' }))
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'starter', polarSubscriptionId: lower })
  })

  it('keeping the Polar customer id when an older or an anonymous event comes later', async () => {
    const { clerkId } = await freshTenant()
    const newest = subscription(clerkId, { customerId: randomUUID() })
    await deliverPolar('subscription.active', newest, { timestamp: stamp(at + 1) })
    await deliverPolar('subscription.active', subscription(clerkId, { customerId: randomUUID() }), {
      timestamp: stamp(at),
    })
    const anonymous = { ...subscription(clerkId), customer_id: null, customer: { external_id: clerkId } }
    await deliverPolar('subscription.active', anonymous, { timestamp: stamp(at + 2) })
    expect(await billingOf(clerkId)).toMatchObject({ polarCustomerId: newest.customer_id })
  })
})

const PRODUCT_IDS: Record<string, string> = { pro: products.professional, ent: products.enterprise }
const planOf = (productId: string | null): Plan => {
  if (productId === products.enterprise) return 'enterprise'
  return productId === products.professional ? 'professional' : 'starter'
}

/** A random history with this run's product ids. */
function billingHistory(next: () => number): BillingChange[] {
  const withProduct = (told: SubscriptionState) => ({
    ...told,
    productId: PRODUCT_IDS[told.productId ?? ''] ?? told.productId,
  })
  return history(next, [1, 999, 1_000_000]).map(change =>
    change.kind === 'subscription'
      ? { ...change, subscription: withProduct(change.subscription) }
      : { ...change, active: change.active.map(withProduct) },
  )
}

/** The id of a customer that only this user is. */
function ownId(externalId: string, customerId: string | null): string | null {
  return customerId && `${externalId} ${customerId}`
}

function payloadOf(externalId: string, told: SubscriptionState) {
  const { id, customerId, productId, status, cancelAtPeriodEnd, currentPeriodEnd, endedAt } = told
  const base = subscription(externalId, {
    id,
    status: status as NonNullable<SubscriptionInput['status']>,
    cancelAtPeriodEnd,
    productId: productId ?? '',
  })
  return {
    ...base,
    customer_id: ownId(externalId, customerId),
    customer: { ...base.customer, id: ownId(externalId, customerId) },
    product_id: productId,
    current_period_end: currentPeriodEnd?.toISOString() ?? null,
    ended_at: endedAt === null ? null : stamp(endedAt),
  }
}

function eventOf(externalId: string, change: BillingChange) {
  if (change.kind === 'subscription') {
    return { type: 'subscription.updated', data: payloadOf(externalId, change.subscription) }
  }
  const customerId = ownId(externalId, change.customerId)
  const state = { ...polarCustomerState({ externalId, activeSubscriptions: [] }), id: customerId }
  const active = change.active.map(told => payloadOf(externalId, told))
  return { type: 'customer.state_changed', data: { ...state, active_subscriptions: active } }
}

describe('POST /api/polar/webhook: shuffled, doubled and 24 at once', () => {
  it.each(Array.from({ length: 10 }, (_, seed) => seed + 101))(
    'ends where time order does (seed %i)',
    async seed => {
      const next = random(seed)
      const { clerkId } = await freshTenant()
      const changes = [...billingHistory(next), ...billingHistory(next).map(later)]
      const events = changes.map(change => ({
        id: randomUUID(),
        timestamp: stamp(change.at),
        ...eventOf(clerkId, change),
      }))

      const deck = shuffledTwice(next, events)
      const courier = async () => {
        for (let event = deck.pop(); event; event = deck.pop())
          expectStatus(await deliverPolar(event.type, event.data, event), 200)
      }
      await Promise.all(Array.from({ length: 24 }, courier))

      const inTimeOrder = changes.reduce<Ledger>(fold, { subscriptions: [], states: [] })
      expect(await billingOf(clerkId)).toMatchObject(summarise(inTimeOrder, planOf))
      const ids = events.map(({ id }) => id)
      expect(await PolarEvent.countDocuments({ eventId: { $in: ids } })).toBe(events.length)
      expect(await PolarEvent.distinct('status', { eventId: { $in: ids } })).toEqual(['processed'])
    },
  )
})

/** The same change, an hour later. */
function later(change: BillingChange): BillingChange {
  const at = change.at + 3_600_000_000
  const shifted = (told: SubscriptionState) => ({ ...told, at, endedAt: told.endedAt === null ? null : at })
  if (change.kind === 'subscription') return { ...change, at, subscription: shifted(change.subscription) }
  return { ...change, at, active: change.active.map(shifted) }
}
