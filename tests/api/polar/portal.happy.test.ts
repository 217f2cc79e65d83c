import { expect, it } from 'vitest'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { buyUnheard } from './purchase.ts'

it('opens the portal with what the customer bought', async () => {
  const tenant = await freshTenant()
  await buyUnheard(tenant, 'enterprise')
  const answer = await tenant.call('POST', '/api/polar/portal')
  expectStatus(answer, 201)
  expect(Object.keys(answer.body)).toEqual(['url'])
  expect(answer.body.url).toMatch(`${services.polar.apiUrl}/portal?`)
  expect(await (await fetch(answer.body.url)).text()).toContain('Enterprise')
})

it('gives a new address each time', async () => {
  const tenant = await freshTenant()
  const [first, second] = await Promise.all([1, 2].map(() => tenant.call('POST', '/api/polar/portal')))
  expect(first?.body.url).not.toBe(second?.body.url)
})
