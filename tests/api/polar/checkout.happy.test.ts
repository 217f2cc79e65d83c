import { expect, it } from 'vitest'
import { User } from '../../../models/user.ts'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { beginCheckout, checkAtOf, pay } from './purchase.ts'

const MINUTE = 60_000

it.each(['professional', 'enterprise'] as const)(
  'begins to pay for %s and shows how it stands',
  async plan => {
    const tenant = await freshTenant()
    const { id, url } = await beginCheckout(tenant, { plan })
    expect(url).toMatch(`${services.polar.apiUrl}/checkout/`)
    const page = await (await fetch(url)).text()
    expect(page).toContain(plan === 'enterprise' ? 'Enterprise' : 'Professional')

    const stands = () => tenant.call('GET', `/api/polar/checkout?checkoutId=${id}`)
    const open = await stands()
    expectStatus(open, 200)
    const amountTotal = plan === 'enterprise' ? 19_900 : 2_900
    expect(open.body).toEqual({ id, status: 'open', amountTotal, currency: 'eur' })
    await pay(url)
    expect((await stands()).body).toMatchObject({ id, status: 'succeeded' })
  },
)

it('has Polar return the customer to the given page, with the id of the checkout', async () => {
  const tenant = await freshTenant()
  const successUrl = 'https://app.example.com/paid?id={CHECKOUT_ID}'
  const { id, url } = await beginCheckout(tenant, { plan: 'professional', successUrl })
  expect(await pay(url)).toBe(`https://app.example.com/paid?id=${id}`)
})

it('has Polar asked when the checkout has expired, should nothing be heard', async () => {
  const tenant = await freshTenant()
  expect(await checkAtOf(tenant.clerkId)).toBeNull()
  const before = Date.now()
  await beginCheckout(tenant)
  const due = await checkAtOf(tenant.clerkId)
  expect(due?.getTime()).toBeGreaterThanOrEqual(before + 75 * MINUTE)
  expect(due?.getTime()).toBeLessThanOrEqual(Date.now() + 75 * MINUTE)
})

it.each([
  ['leaves an earlier check as it is', 5, 5],
  ['brings a later check forward', 600, 75],
])('%s', async (_name, stands, expected) => {
  const { clerkId, call } = await freshTenant()
  await User.updateOne({ clerkId }, { $set: { polarCheckAt: new Date(Date.now() + stands * MINUTE) } })
  expectStatus(await call('POST', '/api/polar/checkout', { json: { plan: 'professional' } }), 201)
  const minutes = ((await checkAtOf(clerkId))?.getTime() ?? 0) - Date.now()
  expect(Math.round(minutes / MINUTE)).toBe(expected)
})
