import { describe, expect, it } from 'vitest'
import { expectProblem } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { series } from './events.ts'

describe('GET /api/analytics refuses', () => {
  it.each([
    [{ from: '2026-01-02', to: '2026-01-01' }, 'from', 'must lie before `to`'],
    [{ from: '2026-01-01', to: '2026-01-01' }, 'from', 'must lie before `to`'],
    [{ from: '2999-01-01' }, 'from', 'must lie before `to`'],
    [{ from: 'yesterday' }, 'from', ''],
    [{ from: '2026-02-29' }, 'from', ''],
    [{ to: '1767225600000' }, 'to', ''],
    [{ interval: 'week' }, 'interval', ''],
    [{ event: '' }, 'event', ''],
    [{ event: 'x'.repeat(101) }, 'event', ''],
    [
      { interval: 'hour', from: '2025-01-01T00:59:59Z', to: '2026-02-21T16:00:00.001Z' },
      'interval',
      '10001 steps',
    ],
    [{ interval: 'day', from: '1900-01-01', to: '2026-01-01' }, 'interval', 'steps'],
    [{ interval: 'month', from: '0001-01-01', to: '9999-01-01' }, 'interval', '119976 steps'],
  ])('%j', async (query: Record<string, string>, path, words) => {
    const answer = await series(await freshTenant(), query)
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors).toEqual([{ path, message: expect.stringContaining(words) }])
  })
})
