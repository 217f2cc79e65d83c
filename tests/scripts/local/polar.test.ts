import { createPolar } from '@polar-sh/sdk/2026-10'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PolarStandIn, startPolar } from '../../../scripts/local/polar/index.ts'

let polar: PolarStandIn

beforeAll(async () => {
  polar = await startPolar()
})
afterAll(() => polar.close())

function client(accessToken = polar.accessToken) {
  return createPolar({ baseUrl: polar.apiUrl, accessToken })
}

describe('checkouts', () => {
  test('one is created with the caller’s external id, and can be read again', async () => {
    const created = await client().checkouts.create({
      products: [polar.products.professional],
      external_customer_id: 'user_ada',
      success_url: 'https://app.example.com/paid?id={CHECKOUT_ID}',
      metadata: { plan: 'professional' },
    })
    expect(created).toMatchObject({
      status: 'open',
      external_customer_id: 'user_ada',
      customer_id: null,
      success_url: `https://app.example.com/paid?id=${created.id}`,
      metadata: { plan: 'professional' },
      product: { name: 'Professional', id: polar.products.professional },
      currency: 'eur',
    })
    expect(created.total_amount).toBeGreaterThan(0)
    expect(created.url).toMatch(`${polar.apiUrl}/checkout/`)
    expect(await client().checkouts.get(created.id)).toEqual(created)
  })

  test('an unknown product, an odd success_url and an odd id are 422', async () => {
    const { checkouts } = client()
    const unknown = checkouts.create({ products: ['7ea8f2f1-3c4e-4d0f-8f10-1d7b1a2b3c4d'] })
    await expect(unknown).rejects.toMatchObject({
      name: 'HTTPValidationError',
      error: { detail: [{ loc: ['body', 'products', 0], msg: 'Product does not exist.' }] },
    })
    const script = checkouts.create({
      products: [polar.products.enterprise],
      success_url: 'javascript:alert(1)',
    })
    await expect(script).rejects.toMatchObject({
      statusCode: 422,
      error: { detail: [{ loc: ['body', 'success_url'] }] },
    })
    await expect(checkouts.get('not-a-uuid')).rejects.toMatchObject({ statusCode: 422 })
  })

  test('an unknown id is ResourceNotFound', async () => {
    const missing = client().checkouts.get('7ea8f2f1-3c4e-4d0f-8f10-1d7b1a2b3c4d')
    await expect(missing).rejects.toMatchObject({ name: 'ResourceNotFound', statusCode: 404 })
  })

  test('given product ids are used', async () => {
    const products = {
      professional: 'b5ac1f2e-52f7-4f5c-8f6e-0f6c2d8d1a01',
      enterprise: 'b5ac1f2e-52f7-4f5c-8f6e-0f6c2d8d1a02',
    }
    const other = await startPolar({ products })
    const sdk = createPolar({ baseUrl: other.apiUrl, accessToken: other.accessToken })
    const checkout = await sdk.checkouts.create({ products: [products.enterprise] })
    await other.close()
    expect(other.products).toEqual(products)
    expect(checkout.product).toMatchObject({ id: products.enterprise, name: 'Enterprise' })
  })
})

describe('customers', () => {
  test('a portal session makes the customer on first use', async () => {
    const session = await client().customerSessions.create({ external_customer_id: 'user_portal' })
    expect(session.customer).toMatchObject({ external_id: 'user_portal', email: 'user_portal@example.com' })
    expect(session.customer_portal_url).toContain(session.token)

    const again = await client().customerSessions.create({ customer_id: session.customer_id })
    expect(again.customer_id).toBe(session.customer_id)
    expect(again.token).not.toBe(session.token)

    const page = await fetch(session.customer_portal_url)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('No active subscription')
  })

  test('the state of a new customer is empty, and found by either id', async () => {
    const state = await client().customers.getStateExternal('user_state')
    expect(state).toMatchObject({ external_id: 'user_state', active_subscriptions: [], granted_benefits: [] })
    expect(await client().customers.getState(state.id)).toEqual(state)
  })

  test('external ids are taken whole', async () => {
    const state = await client().customers.getStateExternal('team/ada & co')
    expect(state.external_id).toBe('team/ada & co')
  })

  test('an id that Polar never gave is not found', async () => {
    const missing = client().customers.getState('7ea8f2f1-3c4e-4d0f-8f10-1d7b1a2b3c4d')
    await expect(missing).rejects.toMatchObject({ name: 'ResourceNotFound' })
  })

  test('a customer keeps its id over a restart', async () => {
    const state = await client().customers.getStateExternal('user_state')
    const next = await startPolar()
    const sdk = createPolar({ baseUrl: next.apiUrl, accessToken: next.accessToken })
    const later = await sdk.customers.getStateExternal('user_state')
    await next.close()
    expect(later.id).toBe(state.id)
  })
})

test('a wrong access token is 401', async () => {
  const refused = client('polar_oat_wrong').customers.getStateExternal('user_ada')
  await expect(refused).rejects.toMatchObject({ statusCode: 401 })
})

test('API requests are counted', async () => {
  const before = polar.requests()
  await client().customers.getStateExternal('user_ada')
  await client().customerSessions.create({ external_customer_id: 'user_ada' })
  expect(polar.requests() - before).toBe(2)
})
