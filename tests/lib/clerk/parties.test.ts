import { expect, it } from 'vitest'
import { freshClerkId } from '../../api/webhooks/identity.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { services } from '../../setup/services.ts'

// Read when the first request comes, hence before any test runs.
process.env.CLERK_AUTHORIZED_PARTIES = ''
process.env.ALLOWED_ORIGINS = 'https://app.example.org, https://two.example.org/'

const me = async (azp: string | undefined) => {
  const token = await services.clerk.sessionToken(freshClerkId(), { azp })
  return call('GET', '/api/app/me', { headers: { Authorization: `Bearer ${token}` } })
}

it('takes the allowed origins as authorised parties when none are named', async () => {
  expectStatus(await me('https://app.example.org'), 200)
  expectStatus(await me('https://two.example.org'), 200)
})

it('refuses any other party', async () => {
  for (const azp of [services.clerk.azp, 'https://app.example.org.evil.example', '', undefined]) {
    const answer = await me(azp)
    expectProblem(answer, 401, 'unauthenticated')
    expect(answer.body.detail).not.toContain('azp')
  }
})
