import { expect, it } from 'vitest'
import { expectProblem } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { checkAtOf } from './purchase.ts'

// Nothing listens there. Settings are read when the first request comes.
process.env.POLAR_API_URL = 'http://127.0.0.1:9'

it('says that Polar cannot be reached, and when to try again', async () => {
  const tenant = await freshTenant()
  const answer = await tenant.call('POST', '/api/polar/portal')
  expectProblem(answer, 503, 'unavailable')
  expect(answer.body.detail).toBe('The billing service cannot be reached just now.')
  expect(answer.headers.get('retry-after')).not.toBeNull()
})

it('begins no checkout and waits for none then', async () => {
  const tenant = await freshTenant()
  const answer = await tenant.call('POST', '/api/polar/checkout', { json: { plan: 'professional' } })
  expectProblem(answer, 503, 'unavailable')
  expect(await checkAtOf(tenant.clerkId)).toBeNull()
})
