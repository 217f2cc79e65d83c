import type { PipelineStage } from 'mongoose'
import { AnalyticsEvent } from '../../../models/analytics-event.ts'
import { ANY_EVENT, EventFigures } from '../../../models/event-figures.ts'
import type { Parts } from '../../figures/settled.ts'
import type { Span, Unit } from '../../figures/spans.ts'
import type { Interval } from './steps.ts'

type Counting = PipelineStage.Match | PipelineStage.Unwind | PipelineStage.Group

/** Counts something about a tenant's events in a part of a range: from the events, or from figures made of them. */
export type CountQuery = {
  model: typeof AnalyticsEvent | typeof EventFigures
  /** What it examines is all in this index, but for the hours of figures. */
  hint: Record<string, 1 | -1>
  pipeline: Counting[]
}

type FigurePart = { unit: Unit; span: Span }

function figureParts({ days, hours }: Parts): FigurePart[] {
  const parts = [{ unit: 'day', span: days } as const, { unit: 'hour', span: hours } as const]
  return parts.flatMap(({ unit, span }) => (span ? [{ unit, span }] : []))
}

const within = ({ start, end }: Span) => ({ $gte: start, $lt: end })

/** How often events, or those of a name, happened in each step. */
export function stepQueries(
  clerkId: string,
  parts: Parts,
  { event, interval }: { event: string | undefined; interval: Interval },
): { ofEvents: CountQuery[]; ofFigures: CountQuery[] } {
  const named = event === undefined ? {} : { event }
  const ofEvents = parts.rows.map(span => ({
    model: AnalyticsEvent,
    hint:
      event === undefined
        ? ({ clerkId: 1, createdAt: -1, event: 1 } as const)
        : ({ clerkId: 1, event: 1, createdAt: -1 } as const),
    pipeline: [
      { $match: { clerkId, ...named, createdAt: within(span) } },
      { $group: { _id: { $dateTrunc: { date: '$createdAt', unit: interval } }, count: { $sum: 1 } } },
    ],
  }))
  const ofFigures = figureParts(parts).map(({ unit, span }) => ({
    model: EventFigures,
    hint: { unit: 1, clerkId: 1, event: 1, start: 1 } as const,
    pipeline: [
      { $match: { unit, clerkId, event: event ?? ANY_EVENT, start: within(span) } },
      ...stepsOfFigures(interval),
    ],
  }))
  return { ofEvents, ofFigures }
}

function stepsOfFigures(interval: Interval): Counting[] {
  if (interval === 'hour')
    return [{ $unwind: '$hours' }, { $group: { _id: '$hours.start', count: { $sum: '$hours.count' } } }]
  const step = { $dateTrunc: { date: '$start', unit: interval } }
  return [{ $group: { _id: step, count: { $sum: '$count' } } }]
}

/** How often events of each name happened. */
export function nameQueries(clerkId: string, parts: Parts): CountQuery[] {
  const ofEvents = parts.rows.map(span => ({
    model: AnalyticsEvent,
    hint: { clerkId: 1, createdAt: -1, event: 1 } as const,
    pipeline: [
      { $match: { clerkId, createdAt: within(span) } },
      { $group: { _id: '$event', count: { $sum: 1 } } },
    ],
  }))
  const ofFigures = figureParts(parts).map(({ unit, span }) => ({
    model: EventFigures,
    hint: { unit: 1, clerkId: 1, start: 1, event: 1, count: 1 } as const,
    pipeline: [
      { $match: { unit, clerkId, start: within(span), event: { $gt: ANY_EVENT } } },
      { $group: { _id: '$event', count: { $sum: '$count' } } },
    ],
  }))
  return [...ofEvents, ...ofFigures]
}
