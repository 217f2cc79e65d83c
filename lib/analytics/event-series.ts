import { AnalyticsEvent } from '../../models/analytics-event.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { InvalidInput } from '../errors.ts'
import { MAX_POINTS } from './contracts.ts'
import { countSteps, type Interval, stepsOf } from './internal/steps.ts'

export type SeriesRequest = {
  event?: string | undefined
  from?: Date | undefined
  to?: Date | undefined
  interval: Interval
}

export type EventSeries = {
  data: { time: Date; count: number }[]
  total: number
  topEvents: EventCount[]
}

type EventCount = { event: string; count: number }
type Range = { from: Date; to: Date }

const DEFAULT_DAYS = 30
const TOP_EVENTS = 10

/** How often a tenant's events happened, in steps without gaps. @throws InvalidInput */
export async function eventSeries(
  { clerkId }: Pick<TenantCaller, 'clerkId'>,
  { event, from, to = new Date(), interval }: SeriesRequest,
): Promise<EventSeries> {
  const range = { from: from ?? defaultFrom(to), to }
  requireUsable(range, interval)
  const [counts, topEvents] = await Promise.all([
    countByStep(clerkId, range, event, interval),
    findTopEvents(clerkId, range),
  ])
  const data = stepsOf(range.from, to, interval).map(time => ({
    time,
    count: counts.get(time.getTime()) ?? 0,
  }))
  const total = data.reduce((sum, { count }) => sum + count, 0)
  return { data, total, topEvents }
}

/** The beginning (UTC) of the first of the thirty days that end with `to`. */
function defaultFrom(to: Date): Date {
  const lastDay = new Date(to.getTime() - 1)
  lastDay.setUTCHours(0, 0, 0, 0)
  return new Date(lastDay.setUTCDate(lastDay.getUTCDate() - (DEFAULT_DAYS - 1)))
}

function requireUsable({ from, to }: Range, interval: Interval): void {
  if (from >= to) throw new InvalidInput([{ path: 'from', message: 'must lie before `to`' }])
  const points = countSteps(from, to, interval)
  if (points <= MAX_POINTS) return
  const message = `makes ${points} steps of this range; at most ${MAX_POINTS} are told`
  throw new InvalidInput([{ path: 'interval', message }])
}

/** Counts by the beginning of their step, in milliseconds. The index holds all that is read. */
async function countByStep(
  clerkId: string,
  { from, to }: Range,
  event: string | undefined,
  interval: Interval,
): Promise<Map<number, number>> {
  const named = event === undefined ? {} : { event }
  const found = await AnalyticsEvent.aggregate<{ _id: Date; count: number }>([
    { $match: { clerkId, ...named, createdAt: { $gte: from, $lt: to } } },
    { $group: { _id: { $dateTrunc: { date: '$createdAt', unit: interval } }, count: { $sum: 1 } } },
  ]).hint(
    event === undefined ? { clerkId: 1, createdAt: -1, event: 1 } : { clerkId: 1, event: 1, createdAt: -1 },
  )
  return new Map(found.map(({ _id, count }) => [_id.getTime(), count]))
}

/** The most frequent events of a range, those of one frequency by name. The index holds all that is read. */
function findTopEvents(clerkId: string, { from, to }: Range): Promise<EventCount[]> {
  return AnalyticsEvent.aggregate<EventCount>([
    { $match: { clerkId, createdAt: { $gte: from, $lt: to } } },
    { $group: { _id: '$event', count: { $sum: 1 } } },
    { $sort: { count: -1, _id: 1 } },
    { $limit: TOP_EVENTS },
    { $project: { _id: 0, event: '$_id', count: 1 } },
  ]).hint({ clerkId: 1, createdAt: -1, event: 1 })
}
