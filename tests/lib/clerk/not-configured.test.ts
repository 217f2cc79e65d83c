import { expect, it } from 'vitest'
import { clerkDelivery } from '../../../scripts/local/clerk/webhooks.ts'
import { call, expectProblem } from '../../helpers/call.ts'
import { services } from '../../setup/services.ts'

// Read when the first request comes, hence before any test runs.
for (const name of ['CLERK_JWT_KEY', 'CLERK_ISSUER', 'CLERK_WEBHOOK_SECRET']) process.env[name] = ''

it('names what a session cannot be checked without', async () => {
  const headers = { Authorization: `Bearer ${await services.clerk.sessionToken('user_x')}` }
  const answer = await call('GET', '/api/app/me', { headers })
  expectProblem(answer, 503, 'not_configured')
  expect(answer.body.detail).toContain('CLERK_ISSUER, CLERK_JWT_KEY')
})

it('names what a delivery cannot be checked without', async () => {
  const { headers, body } = clerkDelivery(services.clerk.webhookSecret, { type: 'user.deleted', data: {} })
  const answer = await call('POST', '/api/webhooks/clerk', { headers, body })
  expectProblem(answer, 503, 'not_configured')
  expect(answer.body.detail).toContain('CLERK_WEBHOOK_SECRET')
})
