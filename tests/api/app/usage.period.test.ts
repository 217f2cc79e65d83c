import { describe, expect, it } from 'vitest'
import { expectProblem } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { ago, dayOf, log, report } from '../../lib/usage/rows.ts'

describe('GET /api/app/usage: the period', () => {
  it('begins with `from` and ends before `to`', async () => {
    const tenant = await freshTenant()
    const edges = [ago(5, -1), ago(5), ago(3, -1), ago(3)]
    await log(tenant, ...edges.map((at, index) => ({ at, endpoint: `/${index}` })))
    const query = `from=${ago(5).toISOString()}&to=${ago(3).toISOString()}&groupBy=endpoint`
    expect((await report(tenant, query)).body.data.map(({ key }: { key: string }) => key)).toEqual([
      '/1',
      '/2',
    ])
  })

  it('takes dates and moments of any time zone', async () => {
    const tenant = await freshTenant()
    const query = `from=${dayOf(ago(2))}&to=${dayOf(ago(1))}T02:00:00%2B02:00`
    expect((await report(tenant, query)).body.period).toEqual({
      start: ago(2).toISOString(),
      end: ago(1).toISOString(),
    })
  })

  it('is the current month by default', async () => {
    const tenant = await freshTenant()
    const now = new Date()
    const first = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth()))
    await log(
      tenant,
      { at: first, endpoint: '/in' },
      { at: new Date(first.getTime() - 1), endpoint: '/before' },
    )
    const { body } = await report(tenant, 'groupBy=endpoint')
    expect(body.period.start).toBe(first.toISOString())
    expect(Math.abs(Date.parse(body.period.end) - Date.now())).toBeLessThan(5_000)
    expect(body.data).toMatchObject([{ key: '/in', requests: 1 }])
  })

  it('ends with a month when `to` is the first moment of the next', async () => {
    const { body } = await report(await freshTenant(), 'to=2026-02-01')
    expect(body.period).toEqual({ start: '2026-01-01T00:00:00.000Z', end: '2026-02-01T00:00:00.000Z' })
  })

  it('is the month of `to` when only that is given', async () => {
    const tenant = await freshTenant()
    const { body } = await report(tenant, 'to=2026-02-15T12:00:00Z')
    expect(body.period).toEqual({ start: '2026-02-01T00:00:00.000Z', end: '2026-02-15T12:00:00.000Z' })
  })

  it('without a request in it has no groups', async () => {
    expect((await report(await freshTenant())).body.data).toEqual([])
  })

  it.each([
    ['from=yesterday', 'from'],
    ['from=2026-02-30', 'from'],
    ['from=2026-01-01T00:00:00', 'from'],
    ['to=1767225600000', 'to'],
    ['from=2026-01-02&to=2026-01-01', 'from'],
    ['from=2026-01-01&to=2026-01-01', 'from'],
    ['from=2999-01-01', 'from'],
    ['groupBy=week', 'groupBy'],
    ['groupBy=', 'groupBy'],
  ])('is refused as %s', async (query, path) => {
    const answer = await report(await freshTenant(), query)
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors).toMatchObject([{ path }])
  })
})
