import type { ClientSession } from 'mongoose'
import { UsageCounter } from '../../../models/usage-counter.ts'
import { LimitReached } from '../../errors.ts'
import { STANDING_PERIOD } from '../../limits/counters.ts'
import { limitsOf } from '../../limits/plans.ts'
import { upgradeUrl } from '../../limits/upgrade-url.ts'
import type { Account } from '../../users/account.ts'
import { countLiveKeys } from '../count-live.ts'

/**
 * Makes sure, inside a transaction, that the plan allows one more key. Writing the tenant's standing counter
 * first makes concurrent transactions of one tenant collide, so that each counts what the other wrote.
 * Call `ensureCounter` before the transaction.
 * @throws LimitReached
 */
export async function requireRoomForKey(account: Account, session: ClientSession): Promise<void> {
  const { clerkId } = account
  await UsageCounter.updateOne({ clerkId, period: STANDING_PERIOD }, { $inc: { keyChanges: 1 } }, { session })
  const limit = limitsOf(account).apiKeys
  const used = await countLiveKeys(clerkId, session)
  if (limit !== null && used >= limit)
    throw new LimitReached('API keys', { limit, used, upgradeUrl: upgradeUrl() })
}
