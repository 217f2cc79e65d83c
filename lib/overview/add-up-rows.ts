import type { PipelineStage } from 'mongoose'
import type { SoFar } from '../../models/settled-figures.ts'
import { UsageLog } from '../../models/usage-log.ts'
import { User } from '../../models/user.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import type { Span } from '../figures/spans.ts'
import { noSums, SUMS_OF_ROWS, SUMS_OF_SUMS } from '../usage/sums.ts'

/** The address of what remembers that an account was deleted before anything else was known of it. */
const TOMBSTONE = /@deleted\.invalid$/

type Sums = SoFar & { activeTenants: number }

/**
 * What a span came to, over all tenants, as the logs tell it now. `others` is a pipeline stage that adds tenants
 * who count as active whatever the log says.
 */
export async function addUpRows(span: Span, others: PipelineStage.UnionWith[] = []): Promise<Sums> {
  const within = { $gte: span.start, $lt: span.end }
  const [signUps, usage] = await Promise.all([countSignUps(within), addUpUsage(within, others)])
  return { signUps, ...usage }
}

type Within = { $gte: Date; $lt: Date }

function countSignUps(createdAt: Within): Promise<number> {
  return User.countDocuments({ createdAt, email: { $not: TOMBSTONE } }, ACROSS_TENANTS).hint({
    createdAt: -1,
  })
}

/** Grouped by tenant first, which is what counts the tenants. */
async function addUpUsage(
  createdAt: Within,
  others: PipelineStage.UnionWith[],
): Promise<Omit<Sums, 'signUps'>> {
  const pipeline: PipelineStage[] = [
    { $match: { createdAt } },
    { $group: { _id: '$clerkId', ...SUMS_OF_ROWS } },
    ...others.flatMap(stage => [stage, { $group: { _id: '$_id', ...SUMS_OF_SUMS } }]),
    { $group: { _id: null, activeTenants: { $sum: 1 }, ...SUMS_OF_SUMS } },
    { $project: { _id: 0 } },
  ]
  const [found] = await UsageLog.aggregate<Omit<Sums, 'signUps'>>(pipeline)
    .option(ACROSS_TENANTS)
    .hint({ createdAt: 1 })
  return found ?? { activeTenants: 0, ...noSums() }
}
