import { describe, expect, it } from 'vitest'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { happened, series } from './events.ts'

const DAY_MS = 86_400_000
const at = (...moments: string[]) => moments.map(moment => ({ at: moment }))

type Point = { time: string; count: number }
/** `2026-01-09T12 3`, as short as the interval allows. */
const told = (data: Point[], length: number) =>
  data.map(({ time, count }) => `${time.slice(0, length)} ${count}`)

describe('GET /api/analytics: the steps', () => {
  it.each([
    [
      'hours across the end of a year, from within the first',
      { interval: 'hour', from: '2025-12-31T22:30:00Z', to: '2026-01-01T01:00:00Z' },
      at(
        '2025-12-31T22:29:59.999Z',
        '2025-12-31T22:30:00Z',
        '2025-12-31T23:59:59.999Z',
        '2026-01-01T00:00:00Z',
      ),
      ['2025-12-31T22 1', '2025-12-31T23 1', '2026-01-01T00 1'],
    ],
    [
      'days across the end of a year',
      { interval: 'day', from: '2025-12-30', to: '2026-01-02' },
      at('2025-12-30T00:00:00Z', '2025-12-31T23:59:59.999Z', '2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'),
      ['2025-12-30 1', '2025-12-31 1', '2026-01-01 1'],
    ],
    [
      'days by default',
      { from: '2026-03-01', to: '2026-03-03' },
      at('2026-03-02T12:00:00Z'),
      ['2026-03-01 0', '2026-03-02 1'],
    ],
    [
      'a leap day',
      { interval: 'day', from: '2024-02-28', to: '2024-03-02' },
      at('2024-02-29T00:00:00Z', '2024-02-29T23:59:59.999Z', '2024-03-01T00:00:00Z'),
      ['2024-02-28 0', '2024-02-29 2', '2024-03-01 1'],
    ],
    [
      'no leap day in another year',
      { interval: 'day', from: '2026-02-27', to: '2026-03-02' },
      at('2026-02-28T23:59:59.999Z', '2026-03-01T00:00:00Z'),
      ['2026-02-27 0', '2026-02-28 1', '2026-03-01 1'],
    ],
    [
      'the day on which clocks are changed elsewhere',
      { interval: 'hour', from: '2026-03-29T00:00:00Z', to: '2026-03-29T04:00:00Z' },
      at('2026-03-29T01:30:00Z', '2026-03-29T02:30:00Z'),
      ['2026-03-29T00 0', '2026-03-29T01 1', '2026-03-29T02 1', '2026-03-29T03 0'],
    ],
    [
      'months of all lengths across a year, from and to within one',
      { interval: 'month', from: '2025-11-15', to: '2026-03-31T12:00:00Z' },
      at(
        ...['2025-11-14T23:59:59.999Z', '2025-11-15T00:00:00Z', '2025-11-30T23:59:59.999Z'],
        ...['2026-01-31T23:59:59.999Z', '2026-02-28T23:59:59.999Z'],
        ...['2026-03-31T11:59:59.999Z', '2026-03-31T12:00:00Z'],
      ),
      ['2025-11 2', '2025-12 0', '2026-01 1', '2026-02 1', '2026-03 1'],
    ],
    [
      'one month that ends where the next begins',
      { interval: 'month', from: '2026-01-01', to: '2026-02-01' },
      at(
        '2025-12-31T23:59:59.999Z',
        '2026-01-01T00:00:00Z',
        '2026-01-31T23:59:59.999Z',
        '2026-02-01T00:00:00Z',
      ),
      ['2026-01 2'],
    ],
    [
      'a moment alone',
      { interval: 'day', from: '2026-01-09T12:00:00.000Z', to: '2026-01-09T12:00:00.001Z' },
      at('2026-01-09T11:59:59.999Z', '2026-01-09T12:00:00.000Z', '2026-01-09T12:00:00.001Z'),
      ['2026-01-09 1'],
    ],
    [
      'a range given in another time zone',
      { interval: 'hour', from: '2026-01-09T01:00:00+02:00', to: '2026-01-09T02:30:00+02:00' },
      at('2026-01-08T23:00:00Z', '2026-01-09T00:30:00Z'),
      ['2026-01-08T23 1', '2026-01-09T00 0'],
    ],
    [
      'months of the first century',
      { interval: 'month', from: '0050-01-01', to: '0050-03-01' },
      [],
      ['0050-01 0', '0050-02 0'],
    ],
    [
      'days before 1970',
      { interval: 'day', from: '1969-12-31', to: '1970-01-02' },
      at('1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00Z'),
      ['1969-12-31 1', '1970-01-01 1'],
    ],
  ])('%s', async (_what, query: Record<string, string>, events, expected) => {
    const tenant = await freshTenant()
    if (events.length > 0) await happened(tenant, ...events)
    const answer = await series(tenant, query)
    expectStatus(answer, 200)
    const { data, total, topEvents } = answer.body
    const [first = ''] = expected
    expect(told(data, first.lastIndexOf(' '))).toEqual(expected)
    const sum = data.reduce((all: number, { count }: Point) => all + count, 0)
    expect(total).toBe(sum)
    expect(topEvents).toEqual(sum === 0 ? [] : [{ event: 'page_view', count: sum }])
    for (const { time } of data) expect(time).toBe(new Date(time).toISOString())
  })
})

describe('GET /api/analytics: the range', () => {
  it('is today and the 29 days before by default', async () => {
    const tenant = await freshTenant()
    const before = new Date()
    await happened(tenant, { at: new Date(Date.now() - 1_000) }, { at: new Date(Date.now() + 3_600_000) })
    const { body } = await series(tenant)
    const after = new Date()
    const days = body.data.map(({ time }: Point) => time)
    expect(days).toHaveLength(30)
    const today = [before, after].map(now => `${now.toISOString().slice(0, 10)}T00:00:00.000Z`)
    expect(today).toContain(days.at(-1))
    expect(Date.parse(days.at(-1)) - Date.parse(days[0])).toBe(29 * DAY_MS)
    expect(body.total).toBe(1)
  })

  it('begins at the beginning of the 29th day before `to`', async () => {
    const tenant = await freshTenant()
    await happened(
      tenant,
      ...at('2026-01-01T23:59:59.999Z', '2026-01-02T00:00:00Z', '2026-01-31T11:59:59.999Z'),
    )
    const { data, total } = (await series(tenant, { to: '2026-01-31T12:00:00Z' })).body
    expect(data).toHaveLength(30)
    expect(data[0]).toEqual({ time: '2026-01-02T00:00:00.000Z', count: 1 })
    expect(data.at(-1)).toEqual({ time: '2026-01-31T00:00:00.000Z', count: 1 })
    expect(total).toBe(2)
  })

  it('has thirty whole days when `to` is a midnight', async () => {
    const { data } = (await series(await freshTenant(), { to: '2026-01-31' })).body
    expect(data).toHaveLength(30)
    expect([data[0].time, data.at(-1).time]).toEqual(['2026-01-01T00:00:00.000Z', '2026-01-30T00:00:00.000Z'])
  })

  it.each([
    ['hour', 30 * 24, '2026-01-01T00:00:00.000Z'],
    ['month', 1, '2026-01-01T00:00:00.000Z'],
  ])('is the same by %s', async (interval, points, first) => {
    const { data } = (await series(await freshTenant(), { to: '2026-01-31', interval })).body
    expect(data).toHaveLength(points)
    expect(data[0].time).toBe(first)
  })

  it('goes on to now when only `from` is given', async () => {
    const tenant = await freshTenant()
    const yesterday = new Date(Date.now() - DAY_MS)
    await happened(tenant, { at: yesterday }, { at: new Date(yesterday.getTime() - 1) })
    const { body } = await series(tenant, { from: yesterday.toISOString() })
    expect(body.total).toBe(1)
    expect([2, 3]).toContain(body.data.length)
  })

  it('may have ten thousand steps', async () => {
    const tenant = await freshTenant()
    const from = new Date('2025-01-01')
    const to = new Date(from.getTime() + 10_000 * 3_600_000)
    await happened(tenant, { at: from }, { at: new Date(to.getTime() - 1) })
    const query = { interval: 'hour', from: from.toISOString(), to: to.toISOString() }
    const { body } = await series(tenant, query)
    expect(body.data).toHaveLength(10_000)
    expect([body.data[0].count, body.data.at(-1).count, body.total]).toEqual([1, 1, 2])
  })
})

describe('GET /api/analytics: the events', () => {
  const range = { from: '2026-01-01', to: '2026-01-03' }
  const on = (count: number, event: string) =>
    Array.from({ length: count }, () => ({ event, at: '2026-01-02T00:00:00Z' }))

  it('can be of one name, while the most frequent are told of all', async () => {
    const tenant = await freshTenant()
    await happened(tenant, ...on(2, 'a'), ...on(3, 'b'), { event: 'a', at: '2026-01-03T00:00:00Z' })
    const { body } = await series(tenant, { ...range, event: 'a' })
    expect(told(body.data, 10)).toEqual(['2026-01-01 0', '2026-01-02 2'])
    expect(body.total).toBe(2)
    expect(body.topEvents).toEqual([
      { event: 'b', count: 3 },
      { event: 'a', count: 2 },
    ])
  })

  it('of a name that never happened are none', async () => {
    const tenant = await freshTenant()
    await happened(tenant, ...on(2, 'a'))
    const { body } = await series(tenant, { ...range, event: '$ne' })
    expect(body.total).toBe(0)
    expect(body.data).toHaveLength(2)
  })

  it('are told by frequency, ten at most, those of the same by name', async () => {
    const tenant = await freshTenant()
    const names = ['k', 'j', 'i', 'h', 'g', 'f', 'e', 'd', 'c']
    await happened(tenant, ...names.flatMap(name => on(2, name)), ...on(3, 'z'), ...on(1, 'a'), ...on(2, 'b'))
    const { body } = await series(tenant, range)
    expect(body.topEvents).toEqual([
      { event: 'z', count: 3 },
      ...names
        .toReversed()
        .concat()
        .toSpliced(0, 0, 'b')
        .slice(0, 9)
        .map(event => ({ event, count: 2 })),
    ])
    expect(body.total).toBe(24)
  })

  it('are the tenant’s own: not another’s, not those of visitors', async () => {
    const [tenant, other] = [await freshTenant(), await freshTenant()]
    await happened(tenant, ...on(1, 'own'))
    await happened(other, ...on(2, 'own'), ...on(2, 'other'))
    await happened(null, ...on(3, 'own'), ...on(3, 'visited'))
    for (const query of [range, { ...range, event: 'own' }]) {
      const { body } = await series(tenant, query)
      expect(body.total).toBe(1)
      expect(body.topEvents).toEqual([{ event: 'own', count: 1 }])
    }
    expect((await series(tenant, { ...range, event: 'other' })).body.total).toBe(0)
    const asOther = { ...range, clerkId: other.clerkId }
    expect((await series(tenant, asOther)).body.total).toBe(1)
  })
})
