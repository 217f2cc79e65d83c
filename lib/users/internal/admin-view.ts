import { countLiveKeysOf } from '../../keys/count-live.ts'
import { readCountersOf } from '../../limits/counters.ts'
import { limitsOf } from '../../limits/plans.ts'
import type { Account } from '../account.ts'
import type { UserView } from '../admin-contracts.ts'
import { statusOf } from './admin-status.ts'

/** An account as admins see it. */
export async function toUserView(account: Account): Promise<UserView> {
  const view = await userViewer([account], new Date())
  return view(account)
}

/** Gives what shows each of these accounts; what they used is read by two queries, however many they are. */
export async function userViewer(
  accounts: { clerkId: string }[],
  now: Date,
): Promise<(account: Account) => UserView> {
  const clerkIds = accounts.map(({ clerkId }) => clerkId)
  const [countersOf, keysOf] = await Promise.all([readCountersOf(clerkIds, now), countLiveKeysOf(clerkIds)])
  return account => ({
    ...account,
    status: statusOf(account, now),
    effectiveLimits: limitsOf(account),
    usage: { ...countersOf(account.clerkId), apiKeys: keysOf(account.clerkId) },
  })
}
