import { AnalyticsEvent } from '../../models/analytics-event.ts'
import type { TenantCaller, VisitorCaller } from '../auth/caller.ts'
import { inTransaction } from '../db/transaction.ts'
import type { ReportedEvent } from './report.ts'

type Reporter = TenantCaller | VisitorCaller
type Circumstances = { userAgent: string | undefined }

/**
 * Stores all events of a report or none, and tells how many. Those of a known caller count for their tenant;
 * of a visitor that calls itself a crawler nothing is stored.
 */
export async function recordEvents(
  { kind, clerkId }: Reporter,
  events: ReportedEvent[],
  { userAgent }: Circumstances,
): Promise<{ accepted: number }> {
  if (kind === 'visitor' && (await isCrawler(userAgent))) return { accepted: 0 }
  const now = new Date()
  const documents = events.map(({ event, metadata = {} }) => ({
    event,
    metadata,
    clerkId,
    createdAt: now,
    updatedAt: now,
  }))
  // Straight through the driver, which alone keeps every name in the metadata as it is.
  await inTransaction(session => AnalyticsEvent.collection.insertMany(documents as never, { session }))
  return { accepted: documents.length }
}

async function isCrawler(userAgent: string | undefined): Promise<boolean> {
  const { isbot } = await import('isbot')
  return isbot(userAgent)
}
