import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { expectProblem } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { checkAtOf } from './purchase.ts'

it.each([
  ['no plan', {}],
  ['the plan that is free', { plan: 'starter' }],
  ['a page that is none', { plan: 'professional', successUrl: 'javascript:alert(1)' }],
  ['an unknown field', { plan: 'professional', price: 1 }],
])('refuses %s', async (_name, json) => {
  const tenant = await freshTenant()
  expectProblem(await tenant.call('POST', '/api/polar/checkout', { json }), 400, 'invalid_input')
  expect(await checkAtOf(tenant.clerkId)).toBeNull()
})

it('knows no checkout that Polar does not know', async () => {
  const tenant = await freshTenant()
  const answer = await tenant.call('GET', `/api/polar/checkout?checkoutId=${randomUUID()}`)
  expectProblem(answer, 404, 'not_found')
})

it.each(['', '?checkoutId=', '?checkoutId=42'])('refuses a checkout id that is none: %s', async query => {
  const tenant = await freshTenant()
  expectProblem(await tenant.call('GET', `/api/polar/checkout${query}`), 400, 'invalid_input')
})
