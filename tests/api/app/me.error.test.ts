import { describe, expect, it } from 'vitest'
import { User } from '../../../models/user.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'

describe('GET /api/app/me: refusals', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE'])('refuses %s with Allow', async method => {
    const answer = await (await freshTenant()).call(method, '/api/app/me')
    expectProblem(answer, 405, 'method_not_allowed')
    expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
  })

  it('refuses what passes the minute, user and key counted as one tenant', async () => {
    const tenant = await freshTenant()
    const { headers } = await tenant.newKey()
    await User.updateOne({ clerkId: tenant.clerkId }, { $set: { limits: { requestsPerMinute: 3 } } })
    expectStatus(await tenant.call('GET', '/api/app/me'), 200)
    expectStatus(await call('GET', '/api/app/me', { headers }), 200)
    expectStatus(await tenant.call('GET', '/api/app/me'), 200)
    const answer = await call('GET', '/api/app/me', { headers })
    expectProblem(answer, 429, 'rate_limited')
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(answer.headers.get('ratelimit-remaining')).toBe('0')
  })
})
