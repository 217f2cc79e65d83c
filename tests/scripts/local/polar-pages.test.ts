import { createPolar } from '@polar-sh/sdk/2026-10'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type PolarStandIn, startPolar } from '../../../scripts/local/polar/index.ts'
import { startReceiver } from './receiver.ts'

let polar: PolarStandIn
let receiver: Awaited<ReturnType<typeof startReceiver>>

beforeEach(async () => {
  receiver = await startReceiver(() => polar.webhookSecret)
  polar = await startPolar({ webhookUrl: receiver.url })
})
afterEach(async () => {
  await polar.close()
  await receiver.close()
})

function client() {
  return createPolar({ baseUrl: polar.apiUrl, accessToken: polar.accessToken })
}

async function openCheckout(externalId = 'user_ada', successUrl?: string) {
  return client().checkouts.create({
    products: [polar.products.professional],
    external_customer_id: externalId,
    success_url: successUrl,
  })
}

/** Presses a button as a browser does: it posts the page's own form. */
async function press(pageUrl: string, label: string) {
  const html = await (await fetch(pageUrl)).text()
  const action = /<form[^>]*action="([^"]+)"/.exec(html)?.[1]
  const [, attributes] = new RegExp(`<button([^>]*)>${label}</button>`).exec(html) ?? []
  if (!action || attributes === undefined) throw new Error(`no button "${label}" in ${html}`)
  const body = new URLSearchParams()
  const name = /name="([^"]+)"/.exec(attributes)?.[1]
  if (name) body.set(name, /value="([^"]+)"/.exec(attributes)?.[1] ?? '')
  return fetch(new URL(action, pageUrl), { method: 'POST', body, redirect: 'manual' })
}

const types = () => receiver.received.map(event => event.type)

describe('the pay page', () => {
  test('paying sends the events in order and returns to the success url', async () => {
    const checkout = await openCheckout('user_ada', 'https://app.example.com/paid?id={CHECKOUT_ID}')
    const html = await (await fetch(checkout.url)).text()
    expect(html).toContain('Subscribe to Professional')
    expect(html).toContain('€29.00')

    const response = await press(checkout.url, 'Pay')
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe(`https://app.example.com/paid?id=${checkout.id}`)

    expect(types()).toEqual([
      'checkout.updated',
      'customer.created',
      'subscription.created',
      'subscription.active',
      'customer.state_changed',
    ])
    const [paid, customer, created, active, state] = receiver.received.map(event => event.data)
    expect(paid).toMatchObject({ id: checkout.id, status: 'succeeded', customer_id: customer?.id })
    expect(customer).toMatchObject({ external_id: 'user_ada', email: 'user_ada@example.com' })
    expect(active).toMatchObject({
      id: created?.id,
      status: 'active',
      checkout_id: checkout.id,
      product_id: polar.products.professional,
      customer: { id: customer?.id, external_id: 'user_ada' },
    })
    const { current_period_start: start, current_period_end: end } = active ?? {}
    expect(Date.parse(String(end)) - Date.parse(String(start))).toBe(30 * 24 * 3600 * 1000)
    expect(state).toMatchObject({
      external_id: 'user_ada',
      active_subscriptions: [{ id: created?.id, status: 'active' }],
    })
    expect(new Set(receiver.received.map(event => event.id)).size).toBe(5)
    const timestamps = receiver.received.map(event => event.timestamp)
    expect(timestamps).toEqual([...new Set(timestamps)].sort())
  })

  test('the API then knows the checkout and the state', async () => {
    const checkout = await openCheckout()
    await press(checkout.url, 'Pay')
    const paid = await client().checkouts.get(checkout.id)
    const state = await client().customers.getStateExternal('user_ada')
    expect(paid).toMatchObject({ status: 'succeeded', customer_id: state.id })
    expect(state.active_subscriptions).toMatchObject([
      { product_id: polar.products.professional, status: 'active' },
    ])
  })

  test('without a success url it ends on a page that says Paid', async () => {
    const checkout = await openCheckout()
    const early = await fetch(checkout.success_url)
    expect(early.status).toBe(404)
    const response = await press(checkout.url, 'Pay')
    const page = await fetch(response.headers.get('location') ?? '')
    expect(await page.text()).toContain('<h1>Paid</h1>')
  })

  test('paying twice pays once', async () => {
    const checkout = await openCheckout()
    await press(checkout.url, 'Pay')
    const again = await fetch(`${checkout.url}/pay`, { method: 'POST', redirect: 'manual' })
    expect(again.status).toBe(303)
    expect(receiver.received).toHaveLength(5)
    expect(await (await fetch(checkout.url)).text()).toContain('<h1>Paid</h1>')
  })

  test('a customer is announced once', async () => {
    await press((await openCheckout()).url, 'Pay')
    await press((await openCheckout()).url, 'Pay')
    expect(types().filter(type => type === 'customer.created')).toHaveLength(1)
    expect(types().filter(type => type === 'subscription.active')).toHaveLength(2)
  })

  test('a delivery that fails is tried again under the same id, and the order holds', async () => {
    receiver.refuse(3)
    await press((await openCheckout()).url, 'Pay')
    expect(receiver.refusedIds).toHaveLength(3)
    expect(new Set(receiver.refusedIds)).toEqual(new Set([receiver.received[0]?.id]))
    expect(types()[0]).toBe('checkout.updated')
    expect(types().at(-1)).toBe('customer.state_changed')
  })

  test('events go to the url set last', async () => {
    const other = await startReceiver(() => polar.webhookSecret)
    polar.setWebhookUrl(other.url)
    await press((await openCheckout()).url, 'Pay')
    await other.close()
    expect(other.received).toHaveLength(5)
    expect(receiver.received).toEqual([])
  })

  test('an unknown checkout is a 404 page', async () => {
    expect((await fetch(`${polar.apiUrl}/checkout/nothing`)).status).toBe(404)
    expect((await fetch(`${polar.apiUrl}/checkout/nothing/pay`, { method: 'POST' })).status).toBe(404)
  })
})

describe('the portal', () => {
  async function subscribe(externalId = 'user_ada') {
    await press((await openCheckout(externalId)).url, 'Pay')
    receiver.received.length = 0
    return client().customerSessions.create({
      external_customer_id: externalId,
      return_url: 'https://app.example.com',
    })
  }

  test('cancelling keeps the subscription active until the period ends', async () => {
    const session = await subscribe()
    const response = await press(session.customer_portal_url, 'Cancel at period end')
    expect(response.headers.get('location')).toBe(session.customer_portal_url)
    expect(types()).toEqual(['subscription.updated', 'subscription.canceled', 'customer.state_changed'])
    const canceled = receiver.received[1]?.data
    expect(canceled).toMatchObject({ status: 'active', cancel_at_period_end: true, ended_at: null })
    expect(canceled?.ends_at).toBe(canceled?.current_period_end)
    expect(receiver.received[2]?.data).toMatchObject({
      active_subscriptions: [{ cancel_at_period_end: true }],
    })
    const html = await (await fetch(session.customer_portal_url)).text()
    expect(html).toContain('Ends on')
    expect(html).not.toContain('Cancel at period end')
  })

  test('ending now revokes it', async () => {
    const session = await subscribe()
    await press(session.customer_portal_url, 'End now')
    expect(types()).toEqual(['subscription.updated', 'subscription.revoked', 'customer.state_changed'])
    expect(receiver.received[1]?.data).toMatchObject({ status: 'canceled', ended_at: expect.any(String) })
    expect(receiver.received[2]?.data).toMatchObject({ active_subscriptions: [] })
    expect((await client().customers.getStateExternal('user_ada')).active_subscriptions).toEqual([])
  })

  test('one customer’s session cannot end another’s subscription', async () => {
    await subscribe('user_ada')
    const mallory = await client().customerSessions.create({ external_customer_id: 'user_mallory' })
    const state = await client().customers.getStateExternal('user_ada')
    const url = `${polar.apiUrl}/portal/${state.active_subscriptions[0]?.id}?customer_session_token=${mallory.token}`
    const response = await fetch(url, { method: 'POST', body: new URLSearchParams({ action: 'end' }) })
    expect(response.status).toBe(404)
    expect((await client().customers.getStateExternal('user_ada')).active_subscriptions).toHaveLength(1)
  })
})
