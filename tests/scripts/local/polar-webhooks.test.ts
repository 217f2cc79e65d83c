import { webhooks } from '@polar-sh/sdk/2026-10'
import { describe, expect, test } from 'vitest'
import { defaultProducts } from '../../../scripts/local/polar/ids.ts'
import {
  polarCheckout,
  polarCustomer,
  polarCustomerState,
  polarSubscription,
} from '../../../scripts/local/polar/payloads.ts'
import { polarDelivery, polarTimestamp } from '../../../scripts/local/polar/webhooks.ts'

const secret = 'polar_whs_c2VjcmV0c2VjcmV0'
const productId = defaultProducts.enterprise
const subscription = polarSubscription({ externalId: 'user_ada', productId })

describe('deliveries', () => {
  test.each([
    ['subscription.active', subscription],
    ['subscription.past_due', polarSubscription({ externalId: 'user_ada', productId, status: 'past_due' })],
    ['customer.created', polarCustomer({ externalId: 'user_ada' })],
    [
      'customer.state_changed',
      polarCustomerState({ externalId: 'user_ada', activeSubscriptions: [subscription] }),
    ],
    ['checkout.updated', polarCheckout({ externalId: 'user_ada', productId, status: 'succeeded' })],
  ])('the SDK accepts %s', async (type, data) => {
    const { headers, body } = polarDelivery(secret, { type, data }, { id: 'evt_1' })
    const event = await webhooks.validateEvent(body, headers, secret)
    expect(event).toMatchObject({ type, data: JSON.parse(JSON.stringify(data)), api_version: '2026-10' })
    expect(headers['webhook-id']).toBe('evt_1')
  })

  test('the SDK refuses another body, another secret and a stale delivery', async () => {
    const event = { type: 'subscription.active', data: subscription }
    const { headers, body } = polarDelivery(secret, event)
    const stale = polarDelivery(secret, event, { sentAt: new Date(Date.now() - 301_000) })
    const refused = { name: 'PolarWebhookVerificationError' }
    await expect(webhooks.validateEvent(`${body} `, headers, secret)).rejects.toMatchObject(refused)
    await expect(webhooks.validateEvent(body, headers, `${secret}x`)).rejects.toMatchObject(refused)
    await expect(webhooks.validateEvent(stale.body, stale.headers, secret)).rejects.toThrow('too old')
  })

  test('an unknown type is signed well all the same', async () => {
    const { headers, body } = polarDelivery(secret, { type: 'meteor.landed', data: {} })
    const refused = { name: 'PolarWebhookUnknownTypeError', eventType: 'meteor.landed' }
    await expect(webhooks.validateEvent(body, headers, secret)).rejects.toMatchObject(refused)
  })

  test('a given timestamp is kept; otherwise it has microseconds and only ever grows', () => {
    const timestamp = '2026-01-02T03:04:05.678901Z'
    expect(JSON.parse(polarDelivery(secret, { type: 'x', data: {}, timestamp }).body).timestamp).toBe(
      timestamp,
    )
    const stamps = Array.from({ length: 2_000 }, polarTimestamp)
    expect(stamps.every(stamp => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(stamp))).toBe(true)
    expect(stamps).toEqual([...new Set(stamps)].sort())
    expect(Math.abs(Date.parse(stamps[0] ?? '') - Date.now())).toBeLessThan(5_000)
  })
})

describe('payloads', () => {
  test('a subscription carries what it was told', () => {
    const end = new Date('2026-12-24T00:00:00Z')
    const data = polarSubscription({
      id: '11111111-1111-4111-8111-111111111111',
      externalId: 'user_ada',
      email: 'ada@example.org',
      productId,
      cancelAtPeriodEnd: true,
      currentPeriodEnd: end,
    })
    expect(data).toMatchObject({
      id: '11111111-1111-4111-8111-111111111111',
      status: 'active',
      product_id: productId,
      product: { name: 'Enterprise' },
      cancel_at_period_end: true,
      current_period_end: end.toISOString(),
      ends_at: end.toISOString(),
      ended_at: null,
      customer: { external_id: 'user_ada', email: 'ada@example.org' },
    })
    expect(data.customer_id).toBe(data.customer.id)
  })

  test('an ended subscription says when', () => {
    const data = polarSubscription({ externalId: 'user_ada', productId, status: 'canceled' })
    expect(data.ended_at).toEqual(expect.any(String))
    expect(data.ends_at).toBe(data.ended_at)
  })

  test('the same external id is the same customer everywhere', () => {
    const state = polarCustomerState({ externalId: 'user_ada', activeSubscriptions: [subscription] })
    expect(state.id).toBe(subscription.customer_id)
    expect(state.active_subscriptions).toMatchObject([{ id: subscription.id, product_id: productId }])
    expect(polarCustomer({ externalId: 'user_bob' }).id).not.toBe(state.id)
    expect(polarCustomer({ externalId: 'user_ada', customerId: 'c' }).id).toBe('c')
  })
})
