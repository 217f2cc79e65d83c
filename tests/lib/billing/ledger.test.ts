import { describe, expect, it } from 'vitest'
import type { BillingChange, SubscriptionState } from '../../../lib/billing/internal/change.ts'
import { fold, type Ledger } from '../../../lib/billing/internal/ledger.ts'
import { type Summary, summarise } from '../../../lib/billing/internal/summary.ts'
import { PLAN_NAMES } from '../../../lib/limits/plans.ts'
import { history, planOf, random, shuffledTwice } from './histories.ts'

const SEEDS = 2_000
const EMPTY: Ledger = { subscriptions: [], state: null }

const foldAll = (changes: BillingChange[]) => changes.reduce(fold, EMPTY)

/** The ledger as the database gives it back. */
const stored = (ledger: Ledger): Ledger => structuredClone(ledger)

const grants = (status: string) => ['active', 'trialing', 'past_due'].includes(status)

/** What a history means, told the plain way: one event after another in time order. */
function replay(changes: BillingChange[]): Summary {
  const known = new Map<string, SubscriptionState>()
  for (const change of changes) {
    if (change.kind === 'subscription') {
      known.set(change.subscription.id, change.subscription)
      continue
    }
    for (const [id, subscription] of known) {
      const isGone = ['active', 'trialing'].includes(subscription.status)
      if (isGone) known.set(id, { ...subscription, status: 'canceled' })
    }
    for (const subscription of change.active) known.set(subscription.id, subscription)
  }
  const value = ({ status, productId }: SubscriptionState) =>
    grants(status) ? PLAN_NAMES.indexOf(planOf(productId)) : -1
  const [current] = [...known.values()].sort(
    (a, b) => value(b) - value(a) || b.at - a.at || a.id.localeCompare(b.id),
  )
  const ended = ['canceled', 'unpaid', 'incomplete_expired']
  const status = !current || current.status === 'incomplete' ? null : current.status
  return {
    plan: current && grants(current.status) ? planOf(current.productId) : 'starter',
    subscriptionStatus: (ended.includes(status ?? '') ? 'canceled' : status) as Summary['subscriptionStatus'],
    polarSubscriptionId: current?.id ?? null,
    currentPeriodEnd: current?.currentPeriodEnd ?? null,
    cancelAtPeriodEnd: current?.cancelAtPeriodEnd ?? false,
  }
}

describe('the ledger over random histories', () => {
  it('means, in any order and with duplicates, what the events mean in time order', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const next = random(seed)
      const events = history(next, [1, 7, 999, 1_000, 1_000_000])
      const expected = replay(events)
      expect(summarise(foldAll(events), planOf), `seed ${seed}, in order`).toEqual(expected)
      const shuffled = shuffledTwice(next, events)
      expect(summarise(foldAll(shuffled), planOf), `seed ${seed}, shuffled`).toEqual(expected)
    }
  })

  it('is the same ledger in any order, even where events share a timestamp', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const next = random(seed)
      const events = history(next, [0, 0, 1])
      const ledger = foldAll(events)
      for (let round = 0; round < 3; round++)
        expect(foldAll(shuffledTwice(next, events)), `seed ${seed}, round ${round}`).toEqual(ledger)
    }
  })

  it('never changes when an event it knows comes again', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const events = history(random(seed), [0, 1])
      const ledger = foldAll(events)
      for (const event of events) expect(fold(stored(ledger), event), `seed ${seed}`).toEqual(ledger)
    }
  })

  it('leaves the ledger it was given untouched', () => {
    const next = random(7)
    const events = history(next, [1])
    const before = foldAll(events)
    const copy = stored(before)
    for (const event of history(next, [2])) fold(before, event)
    expect(before).toEqual(copy)
  })
})
