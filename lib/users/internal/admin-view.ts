import { limitsOf } from '../../limits/plans.ts'
import type { Account } from '../account.ts'
import type { UserView } from '../admin-contracts.ts'
import { statusOf } from './admin-status.ts'
import { readUsed } from './used.ts'

/** An account as admins see it. */
export async function toUserView(account: Account): Promise<UserView> {
  const view = await userViewer([account], new Date())
  return view(account)
}

/** Gives what shows each of these accounts; what they used is read by one command, however many they are. */
export async function userViewer(
  accounts: { clerkId: string }[],
  now: Date,
): Promise<(account: Account) => UserView> {
  const clerkIds = accounts.map(({ clerkId }) => clerkId)
  const usedBy = await readUsed(clerkIds, now)
  return account => ({
    ...account,
    status: statusOf(account, now),
    effectiveLimits: limitsOf(account),
    usage: usedBy(account.clerkId),
  })
}
