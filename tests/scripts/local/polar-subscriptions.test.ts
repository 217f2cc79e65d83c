import { createPolar } from '@polar-sh/sdk/2026-10'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type PolarStandIn, startPolar } from '../../../scripts/local/polar/index.ts'

let polar: PolarStandIn

beforeAll(async () => {
  polar = await startPolar()
})
afterAll(() => polar.close())

const client = () => createPolar({ baseUrl: polar.apiUrl, accessToken: polar.accessToken })

async function buy(externalId: string): Promise<void> {
  const { url } = await client().checkouts.create({
    products: [polar.products.professional],
    external_customer_id: externalId,
  })
  await fetch(`${url}/pay`, { method: 'POST', redirect: 'manual' })
}

async function end(externalId: string): Promise<void> {
  const session = await client().customerSessions.create({ external_customer_id: externalId })
  const { items } = await client().subscriptions.list({ external_customer_id: externalId })
  const url = new URL(session.customer_portal_url)
  url.pathname = `/portal/${items[0]?.id}`
  await fetch(url, { method: 'POST', body: new URLSearchParams({ action: 'end' }), redirect: 'manual' })
}

const externalIds = (subscriptions: { customer: { external_id?: string | null } }[]) =>
  subscriptions.map(({ customer }) => customer.external_id)

test('subscriptions are listed in pages, and only active ones on request', async () => {
  expect(await client().subscriptions.list()).toEqual({
    items: [],
    pagination: { total_count: 0, max_page: 0 },
  })
  for (const externalId of ['user_a', 'user_b', 'user_c', 'user_d']) await buy(externalId)
  await end('user_c')

  const first = await client().subscriptions.list({ active: true, sorting: ['started_at'], limit: 2 })
  expect(first.pagination).toEqual({ total_count: 3, max_page: 2 })
  expect(externalIds(first.items)).toEqual(['user_a', 'user_b'])
  const second = await client().subscriptions.list({
    active: true,
    sorting: ['started_at'],
    limit: 2,
    page: 2,
  })
  expect(externalIds([...first.items, ...second.items])).toEqual(['user_a', 'user_b', 'user_d'])

  const over = await client().subscriptions.list({ active: false })
  expect(externalIds(over.items)).toEqual(['user_c'])
  const one = await client().subscriptions.get(over.items[0]?.id ?? '')
  expect(one).toMatchObject({ status: 'canceled', customer: { external_id: 'user_c' } })
})

test('a page that is none is 422, an id that is none 404', async () => {
  await expect(client().subscriptions.list({ limit: 101 })).rejects.toMatchObject({
    name: 'HTTPValidationError',
    error: { detail: [{ loc: ['query', 'limit'] }] },
  })
  const missing = client().subscriptions.get('7ea8f2f1-3c4e-4d0f-8f10-1d7b1a2b3c4d')
  await expect(missing).rejects.toMatchObject({ name: 'ResourceNotFound' })
})
