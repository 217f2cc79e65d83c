import { UsageLog } from '../../models/usage-log.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { InvalidInput } from '../errors.ts'
import { countLiveKeys } from '../keys/count-live.ts'
import { readCounters } from '../limits/counters.ts'
import { limitsOf } from '../limits/plans.ts'
import { roundedCost } from './cost.ts'
import { type Histogram, percentile } from './internal/percentile.ts'

export type UsageRequest = { from?: Date | undefined; to?: Date | undefined; groupBy: 'day' | 'endpoint' }

export type UsageGroup = {
  key: string
  requests: number
  errors: number
  p50Ms: number | null
  p95Ms: number | null
  promptTokens: number
  completionTokens: number
  costUsd: number
}

type Counter = { used: number; limit: number | null }

export type UsageReport = {
  period: { start: Date; end: Date }
  counters: Record<'chatMessages' | 'files' | 'bytes' | 'apiKeys', Counter>
  data: UsageGroup[]
}

/** What a tenant used in a period, by day or endpoint, and where its counters stand now. @throws InvalidInput */
export async function reportUsage(
  { account }: TenantCaller,
  { from, to, groupBy }: UsageRequest,
): Promise<UsageReport> {
  const { clerkId } = account
  const now = new Date()
  const end = to ?? now
  const last = new Date(end.getTime() - 1)
  const period = { start: from ?? new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth(), 1)), end }
  if (period.start >= period.end) throw new InvalidInput([{ path: 'from', message: 'must lie before `to`' }])
  const [used, apiKeys, cells] = await Promise.all([
    readCounters(clerkId, now),
    countLiveKeys(clerkId),
    readCells(clerkId, period, groupBy),
  ])
  const limits = limitsOf(account)
  const counters = {
    chatMessages: { used: used.chatMessages, limit: limits.chatMessages },
    files: { used: used.files, limit: limits.files },
    bytes: { used: used.bytes, limit: limits.bytes },
    apiKeys: { used: apiKeys, limit: limits.apiKeys },
  }
  return { period, counters, data: toGroups(cells) }
}

/** All requests of one group that took the same whole number of milliseconds. */
type Cell = Omit<UsageGroup, 'key' | 'p50Ms' | 'p95Ms'> & { _id: { key: string; ms: number | null } }

/** Grouping by milliseconds keeps what leaves the database small and the percentiles exact. */
function readCells(
  clerkId: string,
  { start, end }: UsageReport['period'],
  groupBy: 'day' | 'endpoint',
): Promise<Cell[]> {
  const key = groupBy === 'day' ? { $dateToString: { date: '$createdAt', format: '%Y-%m-%d' } } : '$endpoint'
  const pipeline = [
    { $match: { clerkId, createdAt: { $gte: start, $lt: end } } },
    {
      $group: {
        _id: { key, ms: '$responseTimeMs' },
        requests: { $sum: 1 },
        errors: { $sum: { $cond: [{ $gte: ['$status', 400] }, 1, 0] } },
        promptTokens: { $sum: '$metadata.promptTokens' },
        completionTokens: { $sum: '$metadata.completionTokens' },
        costUsd: { $sum: '$metadata.costUsd' },
      },
    },
  ]
  // Left to itself the planner may keep to the index on clerkId alone and read all that the tenant ever did.
  return UsageLog.aggregate<Cell>(pipeline).hint({ clerkId: 1, createdAt: -1 })
}

function toGroups(cells: Cell[]): UsageGroup[] {
  const groups = new Map<string, { total: UsageGroup; times: Histogram }>()
  for (const { _id, ...sums } of cells) {
    const group = groups.get(_id.key) ?? { total: emptyGroup(_id.key), times: new Map() }
    groups.set(_id.key, group)
    for (const name of ['requests', 'errors', 'promptTokens', 'completionTokens', 'costUsd'] as const) {
      group.total[name] += sums[name]
    }
    if (_id.ms !== null) group.times.set(_id.ms, sums.requests)
  }
  return [...groups.values()].map(toGroup).sort((a, b) => (a.key < b.key ? -1 : 1))
}

function toGroup({ total, times }: { total: UsageGroup; times: Histogram }): UsageGroup {
  const costUsd = roundedCost(total.costUsd)
  return { ...total, costUsd, p50Ms: percentile(times, 0.5), p95Ms: percentile(times, 0.95) }
}

function emptyGroup(key: string): UsageGroup {
  return {
    key,
    requests: 0,
    errors: 0,
    p50Ms: null,
    p95Ms: null,
    promptTokens: 0,
    completionTokens: 0,
    costUsd: 0,
  }
}
