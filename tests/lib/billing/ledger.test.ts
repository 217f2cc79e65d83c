import { describe, expect, it } from 'vitest'
import type { BillingChange, SubscriptionState } from '../../../lib/billing/internal/change.ts'
import { fold, type Ledger, readLedger, type StoredState } from '../../../lib/billing/internal/ledger.ts'
import { type Summary, summarise } from '../../../lib/billing/internal/summary.ts'
import { PLAN_NAMES } from '../../../lib/limits/plans.ts'
import { history, planOf, random, shuffledTwice } from './histories.ts'

const SEEDS = 2_000
const EMPTY: Ledger = { subscriptions: [], states: [] }

const foldAll = (changes: BillingChange[]) => changes.reduce(fold, EMPTY)

/** The ledger as the database gives it back. */
const stored = (ledger: Ledger): Ledger => structuredClone(ledger)

const runs = (status: string) => ['active', 'trialing', 'past_due'].includes(status)

/** A subscription as last told; `isOver` since a telling said so, or a customer state left it out. */
type Known = SubscriptionState & { isOver: boolean }

/** What a history means, told the plain way: one event after another in time order. */
function replay(changes: BillingChange[]): Summary {
  const known = new Map<string, Known>()
  const ended = new Set<string>()
  const hear = (told: SubscriptionState) => {
    const saysOver = told.endedAt !== null
    if (saysOver) ended.add(told.id)
    const isOver = saysOver || (ended.has(told.id) && !runs(told.status))
    known.set(told.id, { ...told, isOver })
  }
  for (const change of changes) {
    if (change.kind === 'subscription') {
      hear(change.subscription)
      continue
    }
    for (const [id, subscription] of known) {
      const isTheirs = subscription.customerId === change.customerId
      const isGone = ['active', 'trialing', 'canceled'].includes(subscription.status)
      if (isTheirs && isGone) known.set(id, { ...subscription, isOver: true })
    }
    for (const subscription of change.active) hear(subscription)
  }
  const grants = ({ status, isOver }: Known) => !isOver && (runs(status) || status === 'canceled')
  const value = (subscription: Known) =>
    grants(subscription) ? PLAN_NAMES.indexOf(planOf(subscription.productId)) : -1
  const [current] = [...known.values()].sort(
    (a, b) => value(b) - value(a) || b.at - a.at || a.id.localeCompare(b.id),
  )
  return {
    plan: current && grants(current) ? planOf(current.productId) : 'starter',
    subscriptionStatus: current ? shown(current) : null,
    polarSubscriptionId: current?.id ?? null,
    currentPeriodEnd: current?.currentPeriodEnd ?? null,
    cancelAtPeriodEnd: current?.cancelAtPeriodEnd ?? false,
  }
}

function shown({ status, isOver }: Known): Summary['subscriptionStatus'] {
  if (status === 'incomplete') return null
  const isEnd = ['canceled', 'unpaid', 'incomplete_expired'].includes(status) || isOver
  return isEnd ? 'canceled' : (status as Summary['subscriptionStatus'])
}

describe('the ledger over random histories of a user with two customers at Polar', () => {
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

  it('is the same where two events of one moment differ in their customer alone', () => {
    const at = 7
    const row = { id: 'sub_a', productId: 'pro', status: 'active', currentPeriodEnd: null, endedAt: null }
    const [known, unknown] = ['cus_1', null].map((customerId): BillingChange => {
      const subscription = { ...row, customerId, cancelAtPeriodEnd: false, at }
      return { kind: 'subscription', at, subscription }
    })
    if (!known || !unknown) throw new Error('two were made')
    expect(foldAll([known, unknown])).toEqual(foldAll([unknown, known]))
  })

  it('never changes when an event it knows comes again', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const events = history(random(seed), [0, 1])
      const ledger = foldAll(events)
      for (const event of events) expect(fold(stored(ledger), event), `seed ${seed}`).toEqual(ledger)
    }
  })

  it('has of each subscription the newest end that was told', () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const next = random(seed)
      const events = history(next, [1, 7])
      const told = events.flatMap(event =>
        event.kind === 'subscription' ? [event.subscription] : event.active,
      )
      for (const { id, endedAt } of foldAll(shuffledTwice(next, events)).subscriptions) {
        const ends = told.flatMap(telling => (telling.id === id && telling.endedAt ? [telling.endedAt] : []))
        expect(endedAt, `seed ${seed}`).toBe(ends.length > 0 ? Math.max(...ends) : null)
      }
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

describe('a ledger that was stored before ends were kept', () => {
  const row = { id: 'sub_a', productId: 'pro', currentPeriodEnd: null, cancelAtPeriodEnd: false, at: 7 }
  const ledgerOf = (stored: StoredState) => readLedger({ polarSubscriptions: [stored], polarStates: [] })
  const summaryOf = (status: string, endedAt?: number | null) =>
    summarise(ledgerOf({ ...row, status, ...(endedAt !== undefined && { endedAt }) }), planOf)

  it('counts a canceled subscription as over, and another as running', () => {
    expect(summaryOf('canceled')).toMatchObject({ plan: 'starter', subscriptionStatus: 'canceled' })
    expect(summaryOf('active')).toMatchObject({ plan: 'professional', subscriptionStatus: 'active' })
  })

  it('may not be there at all', () => {
    expect(readLedger({})).toEqual(EMPTY)
  })

  it('is told from one that knows of no end', () => {
    expect(summaryOf('canceled', null)).toMatchObject({
      plan: 'professional',
      subscriptionStatus: 'canceled',
    })
    expect(summaryOf('canceled', 7)).toMatchObject({ plan: 'starter' })
  })

  it('stays over when the subscription is told to be canceled once more', () => {
    const later = { ...row, customerId: null, status: 'canceled', at: 8, endedAt: null }
    const change: BillingChange = { kind: 'subscription', at: 8, subscription: later }
    const folded = fold(ledgerOf({ ...row, status: 'canceled' }), change)
    expect(summarise(folded, planOf)).toMatchObject({ plan: 'starter' })
  })
})
