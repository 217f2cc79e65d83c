import { UsageLog } from '../../../models/usage-log.ts'
import { User } from '../../../models/user.ts'
import { ACROSS_TENANTS } from '../../db/tenant-guard.ts'
import { roundedCost } from '../../usage/cost.ts'
import type { DayFigures } from '../contracts.ts'
import { beginningOf, type Day, endOf } from './days.ts'

/** The address of what remembers that an account was deleted before anything else was known of it. */
const TOMBSTONE = /@deleted\.invalid$/

type Usage = Omit<DayFigures, 'day' | 'signUps'>

/** What a day came to, over all tenants, as the database tells it now. */
export async function addUp(day: Day): Promise<DayFigures> {
  const within = { $gte: beginningOf(day), $lt: endOf(day) }
  const [signUps, usage] = await Promise.all([countSignUps(within), addUpUsage(within)])
  return { day, signUps, ...usage }
}

type Within = { $gte: Date; $lt: Date }

function countSignUps(createdAt: Within): Promise<number> {
  return User.countDocuments({ createdAt, email: { $not: TOMBSTONE } }, ACROSS_TENANTS).hint({
    createdAt: -1,
  })
}

/** Grouped by tenant first, which is what counts the tenants. */
async function addUpUsage(createdAt: Within): Promise<Usage> {
  const sumUp = (fields: readonly string[]) =>
    Object.fromEntries(fields.map(name => [name, { $sum: `$${name}` }]))
  const pipeline = [
    { $match: { createdAt } },
    {
      $group: {
        _id: '$clerkId',
        requests: { $sum: 1 },
        errors: { $sum: { $cond: [{ $gte: ['$status', 400] }, 1, 0] } },
        promptTokens: { $sum: '$metadata.promptTokens' },
        completionTokens: { $sum: '$metadata.completionTokens' },
        costUsd: { $sum: '$metadata.costUsd' },
      },
    },
    {
      $group: {
        _id: null,
        activeTenants: { $sum: 1 },
        ...sumUp(['requests', 'errors', 'promptTokens', 'completionTokens', 'costUsd']),
      },
    },
    { $project: { _id: 0 } },
  ]
  const [found] = await UsageLog.aggregate<Usage>(pipeline).option(ACROSS_TENANTS).hint({ createdAt: 1 })
  if (!found)
    return { activeTenants: 0, requests: 0, errors: 0, promptTokens: 0, completionTokens: 0, costUsd: 0 }
  return { ...found, costUsd: roundedCost(found.costUsd) }
}
