import { describe, expect, it } from 'vitest'
import { limitsOf, PLAN_NAMES, PLANS } from '../../../lib/limits/plans.ts'

const MiB = 1024 ** 2
const GiB = 1024 ** 3

describe('plans', () => {
  it('are what is sold, lowest first', () => {
    expect(PLAN_NAMES).toEqual(['starter', 'professional', 'enterprise'])
    const table = PLAN_NAMES.map(name => PLANS[name])
    const column = (limit: keyof typeof PLANS.starter) => table.map(plan => plan[limit])
    expect(column('requestsPerMinute')).toEqual([60, 600, 6_000])
    expect(column('chatMessages')).toEqual([100, 50_000, null])
    expect(column('files')).toEqual([20, 1_000, null])
    expect(column('bytes')).toEqual([100 * MiB, 10 * GiB, null])
    expect(column('bytesPerFile')).toEqual([10 * MiB, 100 * MiB, GiB])
    expect(column('apiKeys')).toEqual([2, 20, 100])
  })

  it('give way to an account’s own limits, null lifting one', () => {
    const limits = { chatMessages: 7, files: null, apiKeys: 0 }
    expect(limitsOf({ plan: 'starter', limits })).toEqual({ ...PLANS.starter, ...limits })
    expect(limitsOf({ plan: 'enterprise', limits }).chatMessages).toBe(7)
    expect(limitsOf({ plan: 'professional', limits: {} })).toEqual(PLANS.professional)
  })

  it('are not changed by reading them', () => {
    limitsOf({ plan: 'starter', limits: { chatMessages: 1 } })
    expect(PLANS.starter.chatMessages).toBe(100)
  })
})
