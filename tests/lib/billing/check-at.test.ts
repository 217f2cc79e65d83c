import { describe, expect, it } from 'vitest'
import type { SubscriptionState } from '../../../lib/billing/internal/change.ts'
import { checkAt } from '../../../lib/billing/internal/check-at.ts'

const now = new Date('2026-01-02T12:00:00Z')
const inHours = (hours: number) => new Date(now.getTime() + hours * 3_600_000)

const subscription = (given: Partial<SubscriptionState> = {}): SubscriptionState => ({
  id: 'sub_a',
  customerId: 'cus_a',
  productId: 'pro',
  status: 'active',
  currentPeriodEnd: inHours(300),
  cancelAtPeriodEnd: false,
  at: 1,
  endedAt: null,
  ...given,
})

const checkOf = (...subscriptions: SubscriptionState[]) => checkAt({ subscriptions, states: [] }, now)

describe('when Polar is to be asked again', () => {
  it.each([
    ['in the run of the next day, while the period runs longer', inHours(300), inHours(20)],
    ['in that run, when the end of the period is not known', null, inHours(20)],
    ['an hour after the end of the period', inHours(5), inHours(6)],
    ['an hour after an end that was just missed', inHours(-0.5), inHours(0.5)],
    ['now, when the end of the period is long past', inHours(-48), now],
  ])('is %s', (_name, currentPeriodEnd, expected) => {
    expect(checkOf(subscription({ currentPeriodEnd }))).toEqual(expected)
  })

  it.each(['trialing', 'past_due', 'canceled'])('is also set while a subscription is %s', status => {
    expect(checkOf(subscription({ status }))).toEqual(inHours(20))
  })

  it('follows the first period that ends, of those that give access', () => {
    const soon = subscription({ id: 'sub_b', productId: null, currentPeriodEnd: inHours(2) })
    expect(checkOf(subscription(), soon)).toEqual(inHours(3))
    expect(checkOf(subscription(), { ...soon, status: 'unpaid' })).toEqual(inHours(20))
  })

  it('is never, when nothing gives access', () => {
    const left = { customerId: 'cus_a', at: 2, active: [] }
    expect(checkOf()).toBeNull()
    expect(checkOf(subscription({ status: 'unpaid' }))).toBeNull()
    expect(checkOf(subscription({ status: 'canceled', endedAt: 1 }))).toBeNull()
    expect(checkAt({ subscriptions: [subscription()], states: [left] }, now)).toBeNull()
  })
})
