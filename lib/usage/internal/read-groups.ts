import type { Binary } from 'mongodb'
import { UsageFigures, type UsageFiguresDocument, type UsageSums } from '../../../models/usage-figures.ts'
import { UsageLog } from '../../../models/usage-log.ts'
import { settleSoon } from '../../figures/settle-soon.ts'
import { partsOf, readSettled } from '../../figures/settled.ts'
import type { Span, Unit } from '../../figures/spans.ts'
import { roundedCost } from '../cost.ts'
import { addTo, noSums, SUMS_OF_ROWS } from '../sums.ts'
import { type Histogram, percentile } from './percentile.ts'
import { addPacked, addTime } from './times.ts'

export type GroupBy = 'day' | 'endpoint'

export type UsageGroup = UsageSums & { key: string; p50Ms: number | null; p95Ms: number | null }

/** Some of the requests of one group: their times are those that were packed, or one alone. */
type Share = { key: string; sums: UsageSums; times: Binary | number | null }

/** A tenant's requests of a period by group: from the figures of what is settled, and else from the log. */
export async function readGroups(clerkId: string, period: Span, groupBy: GroupBy): Promise<UsageGroup[]> {
  const settled = await readSettled()
  const { days, hours, rows } = partsOf(period, settled)
  const isByDay = groupBy === 'day'
  const [wholeDays, ofDays, ofHours, ...ofRows] = await Promise.all([
    isByDay ? readDays(clerkId, days) : [],
    isByDay ? [] : readShares(clerkId, 'day', days, groupBy),
    readShares(clerkId, 'hour', hours, groupBy),
    ...rows.map(span => readRows(clerkId, span, groupBy)),
  ])
  const logged = ofRows.flat()
  settleSoon(
    settled,
    logged.reduce((sum, { sums }) => sum + sums.requests, 0),
  )
  const groups = [...wholeDays, ...toGroups([...ofDays, ...ofHours, ...logged])]
  return groups.sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** Days that are settled and in the period as a whole: their figures are the groups. */
async function readDays(clerkId: string, days: Span | null): Promise<UsageGroup[]> {
  const found = await findFigures(clerkId, 'day', days, { start: 1, total: 1, _id: 0 })
  return found.map(({ start, total }) => ({
    key: dayOf(start),
    ...total,
    costUsd: roundedCost(total.costUsd),
  }))
}

async function readShares(
  clerkId: string,
  unit: Unit,
  span: Span | null,
  groupBy: GroupBy,
): Promise<Share[]> {
  if (groupBy === 'day') {
    const found = await findFigures(clerkId, unit, span, { start: 1, total: 1, times: 1, _id: 0 })
    return found.map(({ start, total, times }) => ({ key: dayOf(start), sums: total, times }))
  }
  const found = await findFigures(clerkId, unit, span, { endpoints: 1, _id: 0 })
  return found.flatMap(({ endpoints }) =>
    endpoints.map(usage => ({ key: usage.endpoint, sums: usage, times: usage.times })),
  )
}

async function findFigures(
  clerkId: string,
  unit: Unit,
  span: Span | null,
  fields: Record<string, 0 | 1>,
): Promise<UsageFiguresDocument[]> {
  if (!span) return []
  const filter = { unit, clerkId, start: { $gte: span.start, $lt: span.end } }
  return UsageFigures.find(filter, fields).lean<UsageFiguresDocument[]>()
}

/** All requests of one group that took the same whole number of milliseconds. */
type Cell = UsageSums & { _id: { key: string; ms: number | null } }

/** Grouping by milliseconds keeps what leaves the database small and the percentiles exact. */
async function readRows(clerkId: string, { start, end }: Span, groupBy: GroupBy): Promise<Share[]> {
  const key = groupBy === 'day' ? { $dateToString: { date: '$createdAt', format: '%Y-%m-%d' } } : '$endpoint'
  const pipeline = [
    { $match: { clerkId, createdAt: { $gte: start, $lt: end } } },
    { $group: { _id: { key, ms: '$responseTimeMs' }, ...SUMS_OF_ROWS } },
  ]
  // Left to itself the planner may keep to the index on clerkId alone and read all that the tenant ever did.
  const cells = await UsageLog.aggregate<Cell>(pipeline).hint({ clerkId: 1, createdAt: -1 })
  return cells.map(({ _id, ...sums }) => ({ key: _id.key, sums, times: _id.ms }))
}

function toGroups(shares: Share[]): UsageGroup[] {
  const groups = new Map<string, { sums: UsageSums; times: Histogram }>()
  for (const { key, sums, times } of shares) {
    const group = groups.get(key) ?? { sums: noSums(), times: new Map() }
    groups.set(key, group)
    addTo(group.sums, sums)
    if (typeof times === 'number') addTime(group.times, times, sums.requests)
    else if (times) addPacked(group.times, times)
  }
  return Array.from(groups, ([key, { sums, times }]) => ({
    key,
    ...sums,
    costUsd: roundedCost(sums.costUsd),
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
  }))
}

function dayOf(moment: Date): string {
  return moment.toISOString().slice(0, 10)
}
