import { describe, expect, it } from 'vitest'
import type { BillingChange, SubscriptionState } from '../../../lib/billing/internal/change.ts'
import { fold, type Ledger } from '../../../lib/billing/internal/ledger.ts'
import { customerShown, summarise } from '../../../lib/billing/internal/summary.ts'
import { planOf } from './histories.ts'

const end = new Date('2026-02-01')

function told(at: number, given: Partial<SubscriptionState> = {}): SubscriptionState {
  return {
    id: 'sub_a',
    customerId: 'cus_a',
    productId: 'pro',
    status: 'active',
    currentPeriodEnd: end,
    cancelAtPeriodEnd: false,
    at,
    endedAt: null,
    ...given,
  }
}

const event = (at: number, given?: Partial<SubscriptionState>): BillingChange => ({
  kind: 'subscription',
  at,
  subscription: told(at, given),
})

const stateOf = (customerId: string, at: number, active: Partial<SubscriptionState>[]): BillingChange => ({
  kind: 'customerState',
  at,
  customerId,
  active: active.map(given => told(at, { customerId, ...given })),
})
const state = (at: number, ...active: Partial<SubscriptionState>[]) => stateOf('cus_a', at, active)

const ledgerOf = (...changes: BillingChange[]) =>
  changes.reduce<Ledger>(fold, { subscriptions: [], states: [] })
const summaryOf = (...changes: BillingChange[]) => summarise(ledgerOf(...changes), planOf)

describe('what a ledger grants', () => {
  it('is starter, with nothing, before Polar told anything', () => {
    expect(summaryOf()).toEqual({
      plan: 'starter',
      subscriptionStatus: null,
      polarSubscriptionId: null,
      currentPeriodEnd: null,
      cancelAtPeriodEnd: false,
    })
  })

  it.each([
    ['active', 'professional', 'active'],
    ['trialing', 'professional', 'trialing'],
    ['past_due', 'professional', 'past_due'],
    ['canceled', 'professional', 'canceled'],
    ['unpaid', 'starter', 'canceled'],
    ['incomplete_expired', 'starter', 'canceled'],
    ['incomplete', 'starter', null],
    ['a_status_of_tomorrow', 'starter', null],
  ])('of a subscription that is %s: %s, shown as %s', (status, plan, subscriptionStatus) => {
    expect(summaryOf(event(1, { status }))).toMatchObject({
      plan,
      subscriptionStatus,
      polarSubscriptionId: 'sub_a',
      currentPeriodEnd: end,
    })
  })

  it('gives starter for a product nobody mapped, and for none', () => {
    for (const productId of ['mystery', null])
      expect(summaryOf(event(1, { productId }))).toMatchObject({
        plan: 'starter',
        subscriptionStatus: 'active',
      })
  })

  it('is the highest plan of all that give access, whichever was heard last', () => {
    const enterprise = event(1, { id: 'sub_b', productId: 'ent', status: 'past_due' })
    const professional = event(2, { id: 'sub_a' })
    for (const summary of [summaryOf(enterprise, professional), summaryOf(professional, enterprise)])
      expect(summary).toMatchObject({ plan: 'enterprise', polarSubscriptionId: 'sub_b' })
  })

  it('prefers a running subscription without a known plan to one that ended', () => {
    const summary = summaryOf(
      event(1, { id: 'sub_b', productId: 'mystery' }),
      event(2, { status: 'canceled', endedAt: 2 }),
    )
    expect(summary).toMatchObject({ subscriptionStatus: 'active', polarSubscriptionId: 'sub_b' })
  })
})

describe('a canceled subscription', () => {
  const canceled = (at: number) => event(at, { status: 'canceled' })
  const ended = (at: number) => event(at, { status: 'canceled', endedAt: at })
  const over = { plan: 'starter', subscriptionStatus: 'canceled', polarSubscriptionId: 'sub_a' }

  it('keeps its plan until a telling says that it is over', () => {
    expect(summaryOf(event(1), canceled(2))).toMatchObject({ ...over, plan: 'professional' })
    expect(summaryOf(event(1), canceled(2), ended(3))).toMatchObject(over)
    expect(summaryOf(ended(3), canceled(2), event(1))).toMatchObject(over)
  })

  it('that is over stays over when it is told to be canceled once more', () => {
    expect(summaryOf(ended(2), canceled(3))).toMatchObject(over)
    expect(summaryOf(canceled(3), ended(2))).toMatchObject(over)
  })

  it.each(['active', 'trialing', 'past_due'])('that is over bears again when it is newly %s', status => {
    const revived = { plan: 'professional', subscriptionStatus: status }
    expect(summaryOf(ended(2), event(3, { status }))).toMatchObject(revived)
    expect(summaryOf(event(3, { status }), ended(2))).toMatchObject(revived)
    expect(summaryOf(ended(2), event(1, { status }))).toMatchObject(over)
  })

  it.each(['active', 'trialing', 'past_due', 'canceled'])(
    'is over when %s is told at the same time',
    status => {
      expect(summaryOf(ended(2), event(2, { status }))).toMatchObject(over)
      expect(summaryOf(event(2, { status }), ended(2))).toMatchObject(over)
    },
  )

  it('is over when a customer state leaves it out, until it is told of anew', () => {
    expect(summaryOf(canceled(1), state(2))).toMatchObject(over)
    expect(summaryOf(state(2), canceled(1))).toMatchObject(over)
    expect(summaryOf(canceled(1), state(2), canceled(3))).toMatchObject({ plan: 'professional' })
  })
})

describe('a customer state', () => {
  it('starts, on its own, what it lists', () => {
    expect(summaryOf(state(1, { productId: 'ent' }))).toMatchObject({
      plan: 'enterprise',
      subscriptionStatus: 'active',
      polarSubscriptionId: 'sub_a',
    })
  })

  it('ends a subscription it no longer lists, whose ids stay', () => {
    const ended = { plan: 'starter', subscriptionStatus: 'canceled', polarSubscriptionId: 'sub_a' }
    expect(summaryOf(event(1), state(2))).toMatchObject(ended)
    expect(summaryOf(state(2), event(1))).toMatchObject(ended)
  })

  it('ends what only an earlier customer state told of, whose ids stay', () => {
    const ended = { plan: 'starter', subscriptionStatus: 'canceled', polarSubscriptionId: 'sub_a' }
    expect(summaryOf(state(1, {}), state(2))).toMatchObject({ ...ended, currentPeriodEnd: end })
    expect(summaryOf(state(2), state(1, {}))).toMatchObject({ ...ended, currentPeriodEnd: end })
  })

  it('yields to a newer event of the subscription', () => {
    expect(summaryOf(state(1, {}), event(2, { status: 'unpaid' }))).toMatchObject({ plan: 'starter' })
    expect(summaryOf(event(2), state(1))).toMatchObject({ plan: 'professional' })
  })

  it('beats an older event of the subscription', () => {
    expect(summaryOf(state(2, { productId: 'ent' }), event(1))).toMatchObject({ plan: 'enterprise' })
  })

  it('does not end a subscription whose payment is past due: it never lists those', () => {
    const summary = summaryOf(event(1, { status: 'past_due' }), state(2))
    expect(summary).toMatchObject({ plan: 'professional', subscriptionStatus: 'past_due' })
  })

  it('says nothing about what another customer of the same user has', () => {
    const [bought, empty] = [event(1), stateOf('cus_b', 2, [])]
    for (const summary of [summaryOf(bought, empty), summaryOf(empty, bought)])
      expect(summary).toMatchObject({ plan: 'professional', polarSubscriptionId: 'sub_a' })
    const other = stateOf('cus_b', 3, [{ id: 'sub_b', productId: 'ent' }])
    expect(summaryOf(bought, other, state(4))).toMatchObject({ plan: 'enterprise' })
    expect(summaryOf(state(4), other, bought, stateOf('cus_b', 5, []))).toMatchObject({ plan: 'starter' })
  })

  it('ends one subscription and begins another', () => {
    const summary = summaryOf(event(1), state(2, { id: 'sub_b', productId: 'ent' }))
    expect(summary).toMatchObject({ plan: 'enterprise', polarSubscriptionId: 'sub_b' })
  })
})

describe('the customer shown', () => {
  const shownOf = (...changes: BillingChange[]) => customerShown(ledgerOf(...changes), planOf)
  const enterprise = event(1, { id: 'sub_b', customerId: 'cus_b', productId: 'ent' })

  it('is whose subscription is shown, whatever was heard of the other', () => {
    expect(shownOf(enterprise, event(2), state(3, {}))).toBe('cus_b')
    expect(shownOf(state(3, {}), event(2), enterprise)).toBe('cus_b')
  })

  it('is the one heard of last where none has a subscription', () => {
    expect(shownOf(stateOf('cus_b', 2, []), state(1))).toBe('cus_b')
    expect(shownOf(stateOf('cus_b', 2, []), state(3))).toBe('cus_a')
  })

  it('is the next best where a telling names none', () => {
    expect(shownOf(event(1), event(2, { id: 'sub_b', customerId: null }))).toBe('cus_a')
    expect(shownOf(event(2, { customerId: null }))).toBeNull()
    expect(shownOf()).toBeNull()
  })
})

describe('events at one moment', () => {
  it('take the later stage of a subscription’s life', () => {
    const [begun, over] = [event(5), event(5, { status: 'canceled' })]
    expect(summaryOf(begun, over)).toEqual(summaryOf(over, begun))
    expect(summaryOf(over, begun)).toMatchObject({ subscriptionStatus: 'canceled' })
  })

  it('tell apart by a single microsecond', () => {
    const at = 1_767_225_600_123_456
    const [first, second] = [event(at, { productId: 'ent' }), event(at + 1, { productId: 'pro' })]
    expect(summaryOf(second, first)).toMatchObject({ plan: 'professional' })
  })
})
