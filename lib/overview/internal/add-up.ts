import type { PipelineStage } from 'mongoose'
import { UsageFigures } from '../../../models/usage-figures.ts'
import type { Settled } from '../../figures/settled.ts'
import { plus } from '../../figures/so-far.ts'
import type { Span } from '../../figures/spans.ts'
import { roundedCost } from '../../usage/cost.ts'
import { addUpRows } from '../add-up-rows.ts'
import type { DayFigures } from '../contracts.ts'
import { beginningOf, type Day, endOf } from './days.ts'

/** What a day came to, over all tenants, as the database tells it now: its settled hours and what came since. */
export async function addUp(day: Day, settled: Settled): Promise<DayFigures> {
  const [start, end] = [beginningOf(day), endOf(day)]
  const { hours, soFar } = settled
  const begun = soFar && hours > start && hours <= end ? soFar : null
  const rest = begun
    ? await addUpRows({ start: hours, end }, [tenantsOf({ start, end: hours })])
    : await addUpRows({ start, end })
  const { activeTenants } = rest
  const { signUps, requests, errors, promptTokens, completionTokens, costUsd } = begun
    ? plus(begun, rest)
    : rest
  const usage = { activeTenants, requests, errors, promptTokens, completionTokens }
  return { day, signUps, ...usage, costUsd: roundedCost(costUsd) }
}

/** Those with figures of an hour of a span. */
function tenantsOf({ start, end }: Span): PipelineStage.UnionWith {
  const ofHours = { unit: 'hour', clerkId: { $gt: '' }, start: { $gte: start, $lt: end } }
  const pipeline = [{ $match: ofHours }, { $group: { _id: '$clerkId' } }]
  return { $unionWith: { coll: UsageFigures.collection.collectionName, pipeline } }
}
