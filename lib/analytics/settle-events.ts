import type { PipelineStage } from 'mongoose'
import { AnalyticsEvent } from '../../models/analytics-event.ts'
import { ANY_EVENT, EventFigures } from '../../models/event-figures.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { letGoOfHours } from '../figures/hours.ts'
import type { Span, Unit } from '../figures/spans.ts'

/**
 * Stores how often each tenant's events happened in a span that is over, by name and all together, but for tenants
 * who are leaving. Doing it again stores the same.
 */
export async function settleEvents(unit: Unit, span: Span, leaving: string[]): Promise<void> {
  await AnalyticsEvent.aggregate(eventsByTenant(unit, span, leaving))
    .option(ACROSS_TENANTS)
    .hint({ createdAt: -1 })
  if (unit === 'day') await letGoOfHours(EventFigures, span.start)
}

/** Those of visitors are nobody's, and told to nobody. */
function eventsByTenant(unit: Unit, { start, end }: Span, leaving: string[]): PipelineStage[] {
  const hour = { $dateTrunc: { date: '$createdAt', unit: 'hour' as const } }
  const ofName = { clerkId: '$_id.clerkId', event: '$names', hour: '$_id.hour' }
  const ofEvent = { clerkId: '$_id.clerkId', event: '$_id.event' }
  const hours = { $push: { start: '$_id.hour', count: '$count' } }
  const figures = { clerkId: '$_id.clerkId', event: '$_id.event', count: 1, hours: 1 }
  return [
    { $match: { createdAt: { $gte: start, $lt: end }, clerkId: { $type: 'string', $nin: leaving } } },
    { $group: { _id: { clerkId: '$clerkId', event: '$event', hour }, count: { $sum: 1 } } },
    { $set: { names: ['$_id.event', ANY_EVENT] } },
    { $unwind: '$names' },
    { $group: { _id: ofName, count: { $sum: '$count' } } },
    { $group: { _id: ofEvent, count: { $sum: '$count' }, hours } },
    { $project: { _id: 0, ...figures } },
    { $set: { unit, start, expiresAt: null } },
    {
      $merge: {
        into: EventFigures.collection.collectionName,
        on: ['unit', 'clerkId', 'event', 'start'],
        whenMatched: 'merge',
      },
    },
  ]
}
