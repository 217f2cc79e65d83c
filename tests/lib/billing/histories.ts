import type { BillingChange, SubscriptionState } from '../../../lib/billing/internal/change.ts'
import type { Plan } from '../../../lib/limits/plans.ts'

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function pick<T>(next: () => number, items: readonly T[]): T {
  return items[Math.floor(next() * items.length)] as T
}

/** The items in a random order, about half of them twice. */
export function shuffledTwice<T>(next: () => number, items: readonly T[]): T[] {
  const deck = items.flatMap(item => (next() < 0.5 ? [item, item] : [item]))
  for (let last = deck.length - 1; last > 0; last--) {
    const other = Math.floor(next() * (last + 1))
    ;[deck[last], deck[other]] = [deck[other] as T, deck[last] as T]
  }
  return deck
}

export const PLAN_BY_PRODUCT: Record<string, Plan> = { pro: 'professional', ent: 'enterprise' }
export const planOf = (productId: string | null): Plan => PLAN_BY_PRODUCT[productId ?? ''] ?? 'starter'

export const STATUSES = [
  'incomplete',
  'incomplete_expired',
  'trialing',
  'active',
  'past_due',
  'canceled',
  'unpaid',
] as const

const BASE = Date.UTC(2026, 0, 1) * 1000

/** A history in time order. `gaps` are the microseconds that may lie between two events. */
export function history(next: () => number, gaps: readonly number[]): BillingChange[] {
  let at = BASE
  return Array.from({ length: 1 + Math.floor(next() * 12) }, () => {
    at += pick(next, gaps)
    if (next() < 0.7) return { kind: 'subscription', at, subscription: telling(next, at, STATUSES) }
    const customerId = pick(next, Object.keys(SUBSCRIPTIONS))
    const listed = (SUBSCRIPTIONS[customerId] ?? []).filter(() => next() < 0.4)
    const active = listed.map(id => ({ ...telling(next, at, ['active', 'trialing']), id, customerId }))
    return { kind: 'customerState', at, customerId, active }
  })
}

/** The user's two customers at Polar and what each has. */
const SUBSCRIPTIONS: Record<string, string[]> = { cus_1: ['sub_a', 'sub_b'], cus_2: ['sub_c'] }

function customerOf(id: string): string | null {
  return Object.keys(SUBSCRIPTIONS).find(customerId => SUBSCRIPTIONS[customerId]?.includes(id)) ?? null
}

function telling(next: () => number, at: number, statuses: readonly string[]): SubscriptionState {
  const id = pick(next, ['sub_a', 'sub_b', 'sub_c'])
  return {
    id,
    customerId: next() < 0.1 ? null : customerOf(id),
    productId: pick(next, ['pro', 'ent', 'unknown', null]),
    status: pick(next, statuses),
    currentPeriodEnd: pick(next, [null, new Date('2026-02-01'), new Date('2026-03-01')]),
    cancelAtPeriodEnd: next() < 0.3,
    at,
    endedAt: next() < 0.2 ? at : null,
  }
}
