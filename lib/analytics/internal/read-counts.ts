import type { PipelineStage } from 'mongoose'
import { ACROSS_TENANTS } from '../../db/tenant-guard.ts'
import { settleSoon } from '../../figures/settle-soon.ts'
import { partsOf, readSettled } from '../../figures/settled.ts'
import type { Span } from '../../figures/spans.ts'
import { type CountQuery, nameQueries, stepQueries } from './queries.ts'
import type { Interval } from './steps.ts'

export type EventCount = { event: string; count: number }

type Counts = { steps: Map<number, number>; topEvents: EventCount[] }
type Asked = { event: string | undefined; interval: Interval }
type StepCount = { _id: Date; count: number }

const TOP_EVENTS = 10

/**
 * How often a tenant's events, or those of a name, happened in a range by the beginning of their step in
 * milliseconds, and the most frequent ones of all: from figures where it is settled, and else from the events.
 */
export async function readCounts(clerkId: string, range: Span, asked: Asked): Promise<Counts> {
  const settled = await readSettled()
  const parts = partsOf(range, settled)
  const { ofEvents, ofFigures } = stepQueries(clerkId, parts, asked)
  const [counted, kept, topEvents] = await Promise.all([
    countSteps(ofEvents),
    countSteps(ofFigures),
    findTopEvents(nameQueries(clerkId, parts)),
  ])
  settleSoon(
    settled,
    counted.reduce((sum, { count }) => sum + count, 0),
  )
  return { steps: addUp([...counted, ...kept]), topEvents }
}

async function countSteps(queries: CountQuery[]): Promise<StepCount[]> {
  const found = queries.map(({ model, hint, pipeline }) => model.aggregate<StepCount>(pipeline).hint(hint))
  return (await Promise.all(found)).flat()
}

function addUp(counts: StepCount[]): Map<number, number> {
  const steps = new Map<number, number>()
  for (const { _id, count } of counts) steps.set(_id.getTime(), (steps.get(_id.getTime()) ?? 0) + count)
  return steps
}

/** Those of one frequency by name. All in one command: a tenant may have any number of names. */
function findTopEvents([first, ...others]: CountQuery[]): Promise<EventCount[]> {
  if (!first) return Promise.resolve([])
  const unions: PipelineStage[] = others.map(({ model, pipeline }) => ({
    $unionWith: { coll: model.collection.collectionName, pipeline },
  }))
  const together = { $group: { _id: '$_id', count: { $sum: '$count' } } }
  const stages: PipelineStage[] = [
    ...first.pipeline,
    ...unions,
    ...(unions.length > 0 ? [together] : []),
    { $sort: { count: -1, _id: 1 } },
    { $limit: TOP_EVENTS },
    { $project: { _id: 0, event: '$_id', count: 1 } },
  ]
  // Each of them names the tenant.
  return first.model.aggregate<EventCount>(stages).option(ACROSS_TENANTS).hint(first.hint)
}
