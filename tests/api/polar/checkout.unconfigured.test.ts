import { expect, it } from 'vitest'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { checkAtOf } from './purchase.ts'

// Settings are read when the first request comes.
process.env.POLAR_PRODUCT_ENTERPRISE = ''

it('names the product that is not set, and sells the other', async () => {
  const tenant = await freshTenant()
  const buy = (plan: string) => tenant.call('POST', '/api/polar/checkout', { json: { plan } })
  const answer = await buy('enterprise')
  expectProblem(answer, 503, 'not_configured')
  expect(answer.body.detail).toContain('POLAR_PRODUCT_ENTERPRISE')
  expect(await checkAtOf(tenant.clerkId)).toBeNull()
  expectStatus(await buy('professional'), 201)
})
