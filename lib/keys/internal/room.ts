import type { ClientSession } from 'mongoose'
import { LimitReached, NotFound } from '../../errors.ts'
import { limitsOf } from '../../limits/plans.ts'
import { upgradeUrl } from '../../limits/upgrade-url.ts'
import { lockAccount, requireActive } from '../../users/account.ts'
import { countLiveKeys } from '../count-live.ts'

/**
 * Makes sure, inside a transaction, that the tenant may have one more key: others that add one, or delete the
 * account, collide with it.
 * @throws LimitReached, AppError `account_inactive`
 */
export async function requireRoomForKey(clerkId: string, session: ClientSession): Promise<void> {
  const account = await lockAccount(clerkId, session)
  if (!account) throw new NotFound('account', clerkId)
  requireActive(account)
  const limit = limitsOf(account).apiKeys
  const used = await countLiveKeys(clerkId, session)
  if (limit !== null && used >= limit)
    throw new LimitReached('API keys', { limit, used, upgradeUrl: upgradeUrl() })
}
