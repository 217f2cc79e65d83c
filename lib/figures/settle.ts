import { AnalyticsEvent } from '../../models/analytics-event.ts'
import { SettledFigures, type SettledFiguresDocument, type SoFar } from '../../models/settled-figures.ts'
import { UsageLog } from '../../models/usage-log.ts'
import { settleEvents } from '../analytics/settle-events.ts'
import { isDuplicateKey } from '../db/faults.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { type Deadline, hasTime } from '../deadline.ts'
import { addUpRows } from '../overview/add-up-rows.ts'
import { settleUsage } from '../usage/settle-usage.ts'
import { findLeaving } from './leaving.ts'
import { SETTLED_ID, type Settled, toSettled } from './settled.ts'
import { plus } from './so-far.ts'
import { earlier, floorTo, lastEnd, type Span, spanFrom, type Unit } from './spans.ts'

/** Longer than the hour or day takes that is begun last. */
const LEASE_MS = 60_000
const FREE = new Date(0)

/**
 * Makes the figures of each day that is over and not settled, oldest first, then of the hours of the day under
 * way, as far as time allows. They come from the logs alone: what a run left that died is made again. Of two at
 * once the second does nothing.
 */
export async function settle(deadline: Deadline): Promise<void> {
  if (!hasTime(deadline)) return
  const leaseUntil = new Date(deadline.until.getTime() + LEASE_MS)
  const claimed = await claim(leaseUntil)
  if (!claimed) return
  try {
    const days = await settleDays(claimed.days ?? (await beginning()), deadline)
    await settleHours(toSettled({ ...claimed, days }), deadline)
  } finally {
    await SettledFigures.updateOne({ _id: SETTLED_ID, leaseUntil }, { $set: { leaseUntil: FREE } })
  }
}

async function claim(leaseUntil: Date): Promise<SettledFiguresDocument | null> {
  const isFree = { _id: SETTLED_ID, leaseUntil: { $lte: new Date() } }
  try {
    const options = { upsert: true, returnDocument: 'after' } as const
    return await SettledFigures.findOneAndUpdate(
      isFree,
      { $set: { leaseUntil } },
      options,
    ).lean<SettledFiguresDocument>()
  } catch (error) {
    if (isDuplicateKey(error)) return null
    throw error
  }
}

/** The first midnight before which there is nothing to settle. */
async function beginning(): Promise<Date> {
  const oldest = await Promise.all([UsageLog, AnalyticsEvent].map(oldestOf))
  const days = [...oldest.map(moment => floorTo('day', moment)), lastEnd('day', new Date())].reduce(earlier)
  await markDays(days)
  return days
}

async function oldestOf(model: typeof UsageLog | typeof AnalyticsEvent): Promise<Date> {
  const first = [{ $sort: { createdAt: 1 } }, { $limit: 1 }, { $project: { createdAt: 1 } }] as const
  const [oldest] = await model.aggregate<{ createdAt: Date }>([...first]).option(ACROSS_TENANTS)
  return oldest?.createdAt ?? new Date()
}

function markDays(days: Date) {
  return SettledFigures.updateOne({ _id: SETTLED_ID }, { $max: { days } })
}

async function settleSpan(unit: Unit, span: Span): Promise<void> {
  const leaving = await findLeaving()
  await settleUsage(unit, span, leaving)
  await settleEvents(unit, span, leaving)
}

/** Settles days from `days` on; resolves to the end of the last one that is settled. */
async function settleDays(days: Date, deadline: Deadline): Promise<Date> {
  const last = lastEnd('day', new Date())
  let start = days
  while (start < last && hasTime(deadline)) {
    const day = spanFrom('day', start)
    await settleSpan('day', day)
    await markDays(day.end)
    start = day.end
  }
  return start
}

/** Settles hours from `hours` on. One is added to its day with the mark that it is settled, in one write and by one run alone. */
async function settleHours({ days, hours, soFar }: Settled, deadline: Deadline): Promise<void> {
  const now = new Date()
  const last = lastEnd('hour', now)
  if (days < lastEnd('day', now)) return
  let told = soFar
  for (let start = hours; start < last && hasTime(deadline); ) {
    const hour = spanFrom('hour', start)
    await settleSpan('hour', hour)
    told = await addHour(hour, told)
    start = hour.end
    const before = { _id: SETTLED_ID, $or: [{ hours: null }, { hours: { $lt: start } }] }
    const { modifiedCount } = await SettledFigures.updateOne(before, { $set: { hours: start, soFar: told } })
    if (modifiedCount === 0) return
  }
}

async function addHour(hour: Span, soFar: SoFar | null): Promise<SoFar> {
  const isFirst = hour.start.getTime() === floorTo('day', hour.start).getTime()
  const sums = await addUpRows(hour)
  return isFirst || !soFar ? sums : plus(soFar, sums)
}
