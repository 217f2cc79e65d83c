import { describe, expect, it } from 'vitest'
import { adjust, monthOf, STANDING_PERIOD } from '../../../lib/limits/counters.ts'
import { User } from '../../../models/user.ts'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { pick, random } from '../../lib/billing/histories.ts'
import { ago, DAY_MS, dayOf, log, report, TEN_DAYS } from '../../lib/usage/rows.ts'
import { background } from '../../setup/file.ts'

describe('GET /api/app/usage: what is reported', () => {
  it('per day: requests, errors, times, tokens and cost', async () => {
    const tenant = await freshTenant()
    const metadata = { promptTokens: 10, completionTokens: 5, costUsd: 0.25 }
    await log(
      tenant,
      { at: ago(2), ms: 10, metadata },
      { at: ago(2, DAY_MS - 1), ms: 30, status: 404, metadata },
      { at: ago(2, 5), ms: 20, status: 500 },
      { at: ago(1), ms: 7, status: 399 },
    )
    const answer = await report(tenant)
    expectStatus(answer, 200)
    expect(answer.body.period).toEqual({ start: ago(9).toISOString(), end: ago(0).toISOString() })
    expect(answer.body.data).toEqual([
      {
        key: dayOf(ago(2)),
        requests: 3,
        errors: 2,
        p50Ms: 20,
        p95Ms: 30,
        promptTokens: 20,
        completionTokens: 10,
        costUsd: 0.5,
      },
      {
        key: dayOf(ago(1)),
        requests: 1,
        errors: 0,
        p50Ms: 7,
        p95Ms: 7,
        promptTokens: 0,
        completionTokens: 0,
        costUsd: 0,
      },
    ])
  })

  it('per endpoint, by name', async () => {
    const tenant = await freshTenant()
    await log(tenant, { endpoint: '/b' }, { endpoint: '/a', at: ago(3) }, { endpoint: '/a', status: 429 })
    const { body } = await report(tenant, `from=${dayOf(ago(9))}&groupBy=endpoint`)
    expect(body.data.slice(0, 2)).toMatchObject([
      { key: '/a', requests: 2, errors: 1 },
      { key: '/b', requests: 1, errors: 0 },
    ])
  })

  it('the cost without the noise of binary fractions', async () => {
    const tenant = await freshTenant()
    const costs = [0.0000071, 0.0000071, 0.0000071, 0.1, 0.2, 2e-8]
    await log(tenant, ...costs.map(costUsd => ({ metadata: { costUsd } })))
    const { body } = await report(tenant)
    expect(body.data[0].costUsd).toBe(0.30002132)
    await log(tenant, ...Array.from({ length: 3 }, () => ({ at: ago(2), metadata: { costUsd: 0.0000071 } })))
    expect((await report(tenant)).body.data[0].costUsd).toBe(0.0000213)
  })

  it('no percentile where no time was kept', async () => {
    const tenant = await freshTenant()
    await log(tenant, { ms: null }, { at: ago(2), ms: null }, { at: ago(2), ms: 4 })
    expect((await report(tenant)).body.data).toMatchObject([
      { requests: 2, p50Ms: 4, p95Ms: 4 },
      { requests: 1, p50Ms: null, p95Ms: null },
    ])
  })

  it.each([1, 2, 3, 4, 5, 6])('the same as counting by hand (seed %i)', async seed => {
    const next = random(seed)
    const tenant = await freshTenant()
    const rows = Array.from({ length: 50 + Math.floor(next() * 400) }, () => ({
      at: ago(1 + Math.floor(next() * 5), Math.floor(next() * DAY_MS)),
      endpoint: pick(next, ['/a', '/b?action=c', '/d']),
      status: pick(next, [200, 201, 204, 302, 400, 404, 429, 500, 503]),
      ms: Math.floor(next() ** 3 * 2_000),
      metadata:
        next() < 0.5 ? {} : { promptTokens: Math.floor(next() * 99), completionTokens: 3, costUsd: 0.01 },
    }))
    await log(tenant, ...rows)
    for (const groupBy of ['day', 'endpoint'] as const) {
      const query = `${TEN_DAYS}&groupBy=${groupBy}`
      const { body } = await report(tenant, query)
      expect(body.data).toEqual(byHand(rows, row => (groupBy === 'day' ? dayOf(row.at) : row.endpoint)))
    }
  })

  it('its own requests, seconds after they were made', async () => {
    const tenant = await freshTenant()
    await tenant.call('GET', '/api/app/me')
    await tenant.call('GET', '/api/files/507f1f77bcf86cd799439011')
    await background.drain()
    const { body } = await report(tenant, 'groupBy=endpoint')
    expect(body.data).toMatchObject([
      { key: '/api/app/me', requests: 1, errors: 0 },
      { key: '/api/files/{id}', requests: 1, errors: 1 },
    ])
  })
})

type Row = { at: Date; endpoint: string; status: number; ms: number; metadata: Record<string, number> }

function byHand(rows: (Omit<Row, 'metadata'> & { metadata: object })[], keyOf: (row: Row) => string) {
  const groups = Map.groupBy(rows as Row[], keyOf)
  const sum = (members: Row[], name: string) =>
    members.reduce((total, { metadata }) => total + (metadata[name] ?? 0), 0)
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, members]) => {
      const times = members.map(({ ms }) => ms).sort((a, b) => a - b)
      return {
        key,
        requests: members.length,
        errors: members.filter(({ status }) => status >= 400).length,
        p50Ms: times[Math.ceil((times.length * 50) / 100) - 1],
        p95Ms: times[Math.ceil((times.length * 95) / 100) - 1],
        promptTokens: sum(members, 'promptTokens'),
        completionTokens: sum(members, 'completionTokens'),
        costUsd: Number(sum(members, 'costUsd').toFixed(6)),
      }
    })
}

describe('GET /api/app/usage: the counters', () => {
  it('stand beside their limits, whatever the period', async () => {
    const tenant = await freshTenant()
    await tenant.newKey()
    await adjust(tenant.clerkId, monthOf(new Date()), { chatMessages: 12 })
    await adjust(tenant.clerkId, STANDING_PERIOD, { files: 3, bytes: 4_096 })
    expect((await report(tenant)).body.counters).toEqual({
      chatMessages: { used: 12, limit: 100 },
      files: { used: 3, limit: 20 },
      bytes: { used: 4_096, limit: 104_857_600 },
      apiKeys: { used: 1, limit: 2 },
    })
  })

  it('follow the plan and the account’s own limits', async () => {
    const tenant = await freshTenant({ plan: 'enterprise' })
    await User.updateOne({ clerkId: tenant.clerkId }, { $set: { limits: { files: 5 } } })
    expect((await report(tenant)).body.counters).toMatchObject({
      chatMessages: { used: 0, limit: null },
      files: { used: 0, limit: 5 },
      apiKeys: { used: 0, limit: 100 },
    })
  })
})
