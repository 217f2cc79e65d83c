import { expect, it } from 'vitest'
import { expectProblem } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { buyUnheard } from './purchase.ts'

it('shows nothing of another customer', async () => {
  const [owner, other] = await Promise.all([freshTenant(), freshTenant()])
  await buyUnheard(owner, 'enterprise')
  const { body } = await other.call('POST', '/api/polar/portal')
  expect(await (await fetch(body.url)).text()).toContain('No active subscription')
})

it.each([{ externalId: 'somebody' }, { customerId: 'somebody' }, { clerkId: 'somebody' }])(
  'takes no customer from the request: %o',
  async json => {
    const tenant = await freshTenant()
    const answer = await tenant.call('POST', '/api/polar/portal', { json })
    if (answer.status !== 201) return expectProblem(answer, 400, 'invalid_input')
    const page = await (await fetch(answer.body.url)).text()
    expect(page).toContain('No active subscription')
  },
)
