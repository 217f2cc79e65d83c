import type { TenantCaller } from '../auth/caller.ts'
import { InvalidInput } from '../errors.ts'
import { MAX_POINTS } from './contracts.ts'
import { type EventCount, readCounts } from './internal/read-counts.ts'
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

type Range = { from: Date; to: Date }

const DEFAULT_DAYS = 30

/** How often a tenant's events happened, in steps without gaps. @throws InvalidInput */
export async function eventSeries(
  { clerkId }: Pick<TenantCaller, 'clerkId'>,
  { event, from, to = new Date(), interval }: SeriesRequest,
): Promise<EventSeries> {
  const range = { from: from ?? defaultFrom(to), to }
  requireUsable(range, interval)
  const span = { start: range.from, end: to }
  const { steps, topEvents } = await readCounts(clerkId, span, { event, interval })
  const data = stepsOf(range.from, to, interval).map(time => ({
    time,
    count: steps.get(time.getTime()) ?? 0,
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
