import { expect, it } from 'vitest'
import { freshClerkId, storedUser } from '../../api/webhooks/identity.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'

// Nothing listens there. Read when the first request comes, hence before any test runs.
process.env.CLERK_API_URL = 'http://127.0.0.1:9'

it('answers 503 to a person not known yet', async () => {
  const id = freshClerkId()
  const headers = { Authorization: `Bearer ${await services.clerk.sessionToken(id)}` }
  const answer = await call('GET', '/api/app/me', { headers })
  expectProblem(answer, 503, 'unavailable')
  expect(answer.headers.get('retry-after')).not.toBeNull()
  expect(await storedUser(id)).toBeNull()
})

it('does without Clerk for everybody else', async () => {
  const tenant = await freshTenant()
  expectStatus(await tenant.call('GET', '/api/app/me'), 200)
  const { headers } = await tenant.newKey()
  expectStatus(await call('GET', '/api/app/me', { headers }), 200)
})
