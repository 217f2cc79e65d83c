import { connect } from '../../../lib/db/connect.ts'
import { settle } from '../../../lib/figures/settle.ts'
import { SETTLED_ID } from '../../../lib/figures/settled.ts'
import { type GroupBy, readGroups } from '../../../lib/usage/internal/read-groups.ts'
import { AnalyticsEvent } from '../../../models/analytics-event.ts'
import { EventFigures } from '../../../models/event-figures.ts'
import { SettledFigures } from '../../../models/settled-figures.ts'
import { UsageFigures } from '../../../models/usage-figures.ts'
import { forgetAll as forgetOverview } from '../overview/seeds.ts'

export const MINUTE_MS = 60_000
export const HOUR_MS = 60 * MINUTE_MS

/** As it is on the first day. */
export async function forgetAll(): Promise<void> {
  await forgetOverview()
  const all = { _id: { $exists: true } }
  for (const model of [AnalyticsEvent, EventFigures, SettledFigures, UsageFigures])
    await model.collection.deleteMany(all as never)
}

/** Settles all that is due. */
export function settleAll(): Promise<void> {
  return settle({ until: new Date(Date.now() + MINUTE_MS) })
}

export async function settledUntil(): Promise<{ days: string | undefined; hours: string | undefined }> {
  const found = await SettledFigures.findById(SETTLED_ID).lean()
  return { days: found?.days?.toISOString(), hours: found?.hours?.toISOString() }
}

export function groupsOf(clerkId: string, start: Date, end: Date, groupBy: GroupBy) {
  return readGroups(clerkId, { start, end }, groupBy)
}

/** Has the database refuse what would be written to a collection, for as long as `work` takes. */
export async function refusing(collection: string, work: () => Promise<unknown>): Promise<void> {
  const { db } = await connect()
  await db?.createCollection(collection).catch(() => {})
  await db?.command({ collMod: collection, validator: { never: true } })
  try {
    await work()
  } finally {
    await db?.command({ collMod: collection, validator: {} })
  }
}
