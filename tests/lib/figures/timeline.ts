import type { EventSeries, SeriesRequest } from '../../../lib/analytics/event-series.ts'
import type { UsageGroup } from '../../../lib/usage/internal/read-groups.ts'
import { AnalyticsEvent } from '../../../models/analytics-event.ts'
import { UsageLog } from '../../../models/usage-log.ts'
import { pick } from '../billing/histories.ts'
import { HOUR_MS, MINUTE_MS } from './seeds.ts'

export const TENANTS = ['first', 'second', 'third'] as const

/** A request and an event of the same moment, and when their rows came to be stored. */
export type Happening = {
  at: Date
  storedAt: Date
  clerkId: string
  endpoint: string
  event: string
  status: number
  ms: number | null
  metadata: { promptTokens?: number; completionTokens?: number; costUsd?: number }
}

/** What happened in a span, in the order in which it was stored: at most nine minutes late. */
export function happenings(next: () => number, start: Date, end: Date, count: number): Happening[] {
  const width = end.getTime() - start.getTime()
  const one = (): Happening => {
    const time = start.getTime() + Math.floor(next() * width)
    const at = new Date(next() < 0.1 ? Math.floor(time / HOUR_MS) * HOUR_MS : time)
    const late = next() < 0.3 ? Math.floor(next() * 9 * MINUTE_MS) : 50
    return {
      at,
      storedAt: new Date(at.getTime() + late),
      clerkId: pick(next, TENANTS),
      endpoint: pick(next, ['/a', '/b?action=c', '/d']),
      event: pick(next, ['signed up', 'bought', 'left']),
      status: pick(next, [200, 204, 302, 400, 429, 503]),
      ms: next() < 0.1 ? null : Math.floor(next() ** 3 * 30_000),
      metadata:
        next() < 0.5 ? {} : { promptTokens: Math.floor(next() * 99), completionTokens: 3, costUsd: 0.1 },
    }
  }
  return Array.from({ length: count }, one).sort((a, b) => a.storedAt.getTime() - b.storedAt.getTime())
}

export async function store(happened: Happening[]): Promise<void> {
  if (happened.length === 0) return
  const rows = happened.map(({ at, clerkId, endpoint, status, ms, metadata }) => ({
    ...{ clerkId, endpoint, method: 'GET', status, responseTimeMs: ms, metadata },
    ...{ createdAt: at, updatedAt: at },
  }))
  const events = happened.map(({ at, clerkId, event }) => {
    return { clerkId, event, metadata: {}, createdAt: at, updatedAt: at }
  })
  await UsageLog.collection.insertMany(rows as never)
  await AnalyticsEvent.collection.insertMany(events as never)
}

const dayOf = (moment: Date) => moment.toISOString().slice(0, 10)

/** The groups of a report by plain counting. */
export function groupsByHand(happened: Happening[], groupBy: 'day' | 'endpoint'): UsageGroup[] {
  const groups = Map.groupBy(happened, ({ at, endpoint }) => (groupBy === 'day' ? dayOf(at) : endpoint))
  const sum = (members: Happening[], name: keyof Happening['metadata']) =>
    members.reduce((total, { metadata }) => total + (metadata[name] ?? 0), 0)
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, members]) => {
      const times = members.flatMap(({ ms }) => (ms === null ? [] : [ms])).sort((a, b) => a - b)
      return {
        key,
        requests: members.length,
        errors: members.filter(({ status }) => status >= 400).length,
        p50Ms: times[Math.ceil(times.length * 0.5) - 1] ?? null,
        p95Ms: times[Math.ceil((times.length * 95) / 100) - 1] ?? null,
        promptTokens: sum(members, 'promptTokens'),
        completionTokens: sum(members, 'completionTokens'),
        costUsd: Number(sum(members, 'costUsd').toFixed(6)),
      }
    })
}

/** How much of an ISO date and time names a step. */
const LENGTHS = { hour: 13, day: 10, month: 7 }

/** The steps of a series in which something happened, and its top events, by plain counting. */
export function seriesByHand(happened: Happening[], { event, interval }: SeriesRequest) {
  const countBy = (keys: string[]) =>
    [...Map.groupBy(keys, key => key)].map(([key, members]) => [key, members.length] as const)
  const shown = happened.filter(one => event === undefined || one.event === event)
  const steps = countBy(shown.map(({ at }) => at.toISOString().slice(0, LENGTHS[interval])))
  return {
    steps: steps.sort(([a], [b]) => (a < b ? -1 : 1)),
    topEvents: countBy(happened.map(one => one.event))
      .map(([name, count]) => ({ event: name, count }))
      .sort((a, b) => b.count - a.count || (a.event < b.event ? -1 : 1)),
  }
}

/** A series in the same form. */
export function shownOf({ data, topEvents }: EventSeries, { interval }: SeriesRequest) {
  const full = data.filter(({ count }) => count > 0)
  return {
    steps: full.map(({ time, count }) => [time.toISOString().slice(0, LENGTHS[interval]), count] as const),
    topEvents,
  }
}
