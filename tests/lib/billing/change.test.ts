import { describe, expect, it } from 'vitest'
import { microseconds, readBillingEvent } from '../../../lib/billing/internal/change.ts'

const timestamp = '2026-01-02T03:04:05.678901Z'
const at = Date.UTC(2026, 0, 2, 3, 4, 5) * 1000 + 678_901

const data = {
  id: 'sub_1',
  product_id: 'prod_1',
  status: 'active',
  current_period_end: '2026-02-02T03:04:05Z',
  cancel_at_period_end: true,
  customer_id: 'cus_1',
  customer: { id: 'cus_1', external_id: 'user_1', email: ' Ada@Example.COM ' },
}

describe('microseconds', () => {
  it.each([
    ['2026-01-02T03:04:05.678901Z', 678_901],
    ['2026-01-02T03:04:05.678901+00:00', 678_901],
    ['2026-01-02T04:04:05.678901+01:00', 678_901],
    ['2026-01-02T03:04:05.678Z', 678_000],
    ['2026-01-02T03:04:05.6789019Z', 678_901],
    ['2026-01-02T03:04:05.000001Z', 1],
    ['2026-01-02T03:04:05Z', 0],
  ])('of %s keep all six digits', (iso, fraction) => {
    expect(microseconds(iso)).toBe(Date.UTC(2026, 0, 2, 3, 4, 5) * 1000 + fraction)
  })

  it('order where texts would not', () => {
    expect(microseconds('2026-01-02T03:04:05Z')).toBeLessThan(microseconds('2026-01-02T03:04:05.000001Z'))
    expect(microseconds('2026-01-02T03:04:05.1Z')).toBe(microseconds('2026-01-02T03:04:05.100000+00:00'))
  })
})

describe('readBillingEvent', () => {
  it('reads a subscription and whose it is', () => {
    expect(readBillingEvent('subscription.updated', { timestamp, data })).toEqual({
      customer: { externalId: 'user_1', id: 'cus_1', email: 'ada@example.com' },
      change: {
        kind: 'subscription',
        at,
        subscription: {
          id: 'sub_1',
          customerId: 'cus_1',
          productId: 'prod_1',
          status: 'active',
          currentPeriodEnd: new Date('2026-02-02T03:04:05Z'),
          cancelAtPeriodEnd: true,
          at,
          endedAt: null,
        },
      },
    })
  })

  it('reads a customer state', () => {
    const customer = { id: 'cus_1', external_id: null, email: 'ada@example.com' }
    const event = { timestamp, data: { ...customer, active_subscriptions: [data] } }
    expect(readBillingEvent('customer.state_changed', event)).toMatchObject({
      customer: { externalId: null, id: 'cus_1', email: 'ada@example.com' },
      change: {
        kind: 'customerState',
        at,
        customerId: 'cus_1',
        active: [{ id: 'sub_1', customerId: 'cus_1', status: 'active', at }],
      },
    })
  })

  it('takes a revoked subscription’s access, whatever status comes with it', () => {
    const statusOf = (status: string) =>
      readBillingEvent('subscription.revoked', { timestamp, data: { ...data, status } })?.change
    expect(statusOf('active')).toMatchObject({ subscription: { status: 'canceled' } })
    expect(statusOf('past_due')).toMatchObject({ subscription: { status: 'canceled' } })
    expect(statusOf('unpaid')).toMatchObject({ subscription: { status: 'unpaid' } })
    expect(statusOf('canceled')).toMatchObject({ subscription: { status: 'canceled' } })
  })

  it('takes a subscription for over when it is revoked or its end has come, not when that is planned', () => {
    const told = (type: string, given: object) =>
      readBillingEvent(type, { timestamp, data: { ...data, ...given } })?.change
    const over = { subscription: { status: 'canceled', endedAt: at } }
    const ended_at = '2026-01-02T03:00:00Z'
    expect(told('subscription.revoked', {})).toMatchObject(over)
    expect(told('subscription.revoked', { status: 'canceled', ended_at: null })).toMatchObject(over)
    expect(told('subscription.updated', { status: 'canceled', ended_at })).toMatchObject(over)
    expect(told('subscription.updated', { status: 'active', ended_at })).toMatchObject(over)
    const bearing = { subscription: { status: 'canceled', endedAt: null } }
    const planned = { status: 'canceled', ends_at: '2026-02-02T03:04:05Z' }
    expect(told('subscription.canceled', { ...planned, ended_at: null })).toMatchObject(bearing)
    expect(told('subscription.canceled', planned)).toMatchObject(bearing)
  })

  it('reads the ends that a customer state tells', () => {
    const active_subscriptions = [data, { ...data, id: 'sub_2', ended_at: '2026-01-02T03:00:00Z' }]
    const event = { timestamp, data: { id: 'cus_1', active_subscriptions } }
    expect(readBillingEvent('customer.state_changed', event)?.change).toMatchObject({
      active: [{ endedAt: null }, { id: 'sub_2', status: 'canceled', endedAt: at }],
    })
  })

  it.each([
    'order.paid',
    'customer.updated',
    'subscription.',
    'subscription.teleported',
    'subscriptions',
    '',
  ])('finds no meaning in the type "%s", whatever its content', type => {
    expect(readBillingEvent(type, { timestamp, data })).toBeNull()
    expect(readBillingEvent(type, null)).toBeNull()
  })

  it.each([
    ['no timestamp', { data }],
    ['a timestamp that is none', { timestamp: 'yesterday', data }],
    ['a local time', { timestamp: '2026-01-02T03:04:05', data }],
    ['no data', { timestamp }],
    ['no id', { timestamp, data: { ...data, id: undefined } }],
    ['an empty id', { timestamp, data: { ...data, id: '' } }],
    ['no status', { timestamp, data: { ...data, status: null } }],
    ['an end that is no time', { timestamp, data: { ...data, ended_at: true } }],
    ['a period that ends never', { timestamp, data: { ...data, current_period_end: 'never' } }],
    ['an email that is no text', { timestamp, data: { ...data, customer: { email: { $ne: null } } } }],
    [
      'an external id that is no text',
      { timestamp, data: { ...data, customer: { external_id: { $ne: 1 } } } },
    ],
  ])('refuses a subscription with %s', (_name, payload) => {
    expect(() => readBillingEvent('subscription.active', payload)).toThrow()
  })
})
