import { expect, it } from 'vitest'
import { expectProblem } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { beginCheckout } from './purchase.ts'

it("another tenant's checkout is not found", async () => {
  const [owner, other] = await Promise.all([freshTenant(), freshTenant()])
  const { id } = await beginCheckout(owner)
  const answer = await other.call('GET', `/api/polar/checkout?checkoutId=${id}`)
  expectProblem(answer, 404, 'not_found')
})

it('a checkout that somebody began without us is nobody’s here', async () => {
  const created = await fetch(`${services.polar.apiUrl}/v1/checkouts/`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${services.polar.accessToken}` },
    body: JSON.stringify({ products: [services.polar.products.professional] }),
  })
  const { id } = (await created.json()) as { id: string }
  const tenant = await freshTenant()
  const answer = await tenant.call('GET', `/api/polar/checkout?checkoutId=${id}`)
  expectProblem(answer, 404, 'not_found')
})

it('what is answered holds no secret of Polar’s', async () => {
  const tenant = await freshTenant()
  const created = await beginCheckout(tenant)
  expect(Object.keys(created).sort()).toEqual(['id', 'url'])
  expect(JSON.stringify(created)).not.toContain(services.polar.accessToken)
})
