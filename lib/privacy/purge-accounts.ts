import { User } from '../../models/user.ts'
import { eachOf } from '../db/each.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { type Deadline, hasTime } from '../deadline.ts'
import { log } from '../log.ts'
import { forgetUser } from '../users/forget-user.ts'
import { HOLDINGS } from './holdings.ts'

/** How long a deleted account is kept. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000
/** Vercel ends a function after 300 s; the rest is for the batch that is begun last. */
const TIME_TO_BEGIN_MS = 200_000
/** The server forgets a cursor that is not read from for ten minutes. */
const BATCH_SIZE = 20

/** Accounts that are gone, and those that are still to go. */
export type PurgeReport = { purged: number; remaining: number }

/**
 * Removes the accounts that were deleted more than 30 days ago with all that is kept about them, the longest
 * deleted first. What time does not suffice for, or a failure stands in the way of, goes on next time where it
 * stopped. Two runs at once count each account once.
 */
export async function purgeDeletedAccounts({
  until = new Date(Date.now() + TIME_TO_BEGIN_MS),
}: {
  until?: Date
} = {}): Promise<PurgeReport> {
  let purged = 0
  for await (const { _id, clerkId } of longDeleted()) {
    if (!hasTime({ until })) break
    try {
      if (await purge(clerkId, { until })) purged += 1
    } catch (error) {
      log().error({ err: error, userId: _id }, 'an account could not be purged')
    }
  }
  return { purged, remaining: await User.countDocuments(isLongDeleted(), ACROSS_TENANTS) }
}

/** Whether this very call removed the account. What is told of it meanwhile is removed in another round. */
async function purge(clerkId: string, deadline: Deadline): Promise<boolean> {
  while (hasTime(deadline)) {
    const account = await User.findOne({ clerkId, ...isLongDeleted() }, { updatedAt: 1 }).lean()
    if (!account) return false
    for (const holding of HOLDINGS) if (!(await holding.remove({ clerkId }, deadline))) return false
    if (await forgetUser(clerkId, account.updatedAt ?? null)) return true
  }
  return false
}

function longDeleted() {
  const found = User.find(isLongDeleted(), { clerkId: 1 }, ACROSS_TENANTS)
    .sort({ deletedAt: 1, _id: 1 })
    .lean()
    .cursor({ batchSize: BATCH_SIZE })
  return eachOf(found)
}

/** The type is named for the sake of the partial index. */
function isLongDeleted() {
  return { deletedAt: { $type: 'date' as const, $lt: new Date(Date.now() - KEPT_MS) } }
}
