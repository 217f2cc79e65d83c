import type { ClientSession } from 'mongoose'
import { LimitReached, NotFound } from '../../errors.ts'
import { limitsOf } from '../../limits/plans.ts'
import { upgradeUrl } from '../../limits/upgrade-url.ts'
import { type Account, lockAccount, requireActive } from '../../users/account.ts'
import { countLiveKeys } from '../count-live.ts'

/**
 * The account of a transaction that gives it another working key: others that do, or that delete or suspend
 * the account, collide with it.
 * @throws NotFound, AppError `account_inactive`
 */
export async function lockActiveAccount(clerkId: string, session: ClientSession): Promise<Account> {
  const account = await lockAccount(clerkId, session)
  if (!account) throw new NotFound('account', clerkId)
  requireActive(account)
  return account
}

/** Makes sure that an account, locked by this transaction, may have one more key. @throws LimitReached */
export async function requireRoomForKey(account: Account, session: ClientSession): Promise<void> {
  const limit = limitsOf(account).apiKeys
  const used = await countLiveKeys(account.clerkId, session)
  if (limit !== null && used >= limit)
    throw new LimitReached('API keys', { limit, used, upgradeUrl: upgradeUrl() })
}
