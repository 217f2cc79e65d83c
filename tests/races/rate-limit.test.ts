import { describe, expect, it } from 'vitest'
import type { Timed } from '../helpers/api-process.ts'
import { expectProblem, expectStatus } from '../helpers/call.ts'
import { freshTenant } from '../helpers/tenant.ts'
import { overInstances, times } from './over-instances.ts'

const LIMIT = 600
const instances = overInstances(2)

const rateOf = ({ headers }: Timed) => ({
  limit: Number(headers.get('ratelimit-limit')),
  remaining: Number(headers.get('ratelimit-remaining')),
  reset: Number(headers.get('ratelimit-reset')),
})

describe('a tenant that asks one instance half as much again as it may in a minute', () => {
  it('is served 95 to 110 percent of its limit there, and is told how it stands', async () => {
    const tenant = await freshTenant({ plan: 'professional' })
    const { headers } = await tenant.newKey()
    const answers = await times(1.5 * LIMIT, () => instances.nth(0).get('/api/app/me', headers), 32)

    const served = answers.filter(({ status }) => status === 200)
    expect(served.length, instances.logs()).toBeGreaterThanOrEqual(0.95 * LIMIT)
    expect(served.length).toBeLessThanOrEqual(1.1 * LIMIT)
    for (const answer of answers) {
      const { limit, remaining, reset } = rateOf(answer)
      expect({ limit, reset }).toEqual({ limit: LIMIT, reset: expect.toSatisfy(isWithinAMinute) })
      if (answer.status === 200) continue
      expectProblem(answer, 429, 'rate_limited')
      expect(remaining).toBe(0)
      expect(answer.headers.get('retry-after')).toBe(String(reset))
    }
    // No two that were served saw the same number left.
    const left = served.map(answer => rateOf(answer).remaining).filter(remaining => remaining > 0)
    expect(new Set(left).size).toBe(left.length)
    expect(Math.max(...left)).toBe(LIMIT - 1)

    const elsewhere = await instances.nth(1).get('/api/app/me', headers)
    expectStatus(elsewhere, 200)
    expect(rateOf(elsewhere).remaining).toBe(LIMIT - 1)
  }, 60_000)
})

const isWithinAMinute = (seconds: number) => seconds >= 1 && seconds <= 60
