import type { TenantCaller } from '../auth/caller.ts'
import { countLiveKeys } from '../keys/count-live.ts'
import { type CounterValues, readCounters } from '../limits/counters.ts'
import { type Limits, limitsOf } from '../limits/plans.ts'
import type { Account } from './account.ts'

export type Me = Omit<Account, 'limits' | 'deletedAt' | 'suspension'> & {
  limits: Limits
  usage: CounterValues & { apiKeys: number }
}

/** The caller's own account with its limits and this period's counters. */
export async function getMe({ account }: TenantCaller): Promise<Me> {
  const [counters, apiKeys] = await Promise.all([
    readCounters(account.clerkId),
    countLiveKeys(account.clerkId),
  ])
  const { deletedAt, suspension, ...shown } = account
  return { ...shown, limits: limitsOf(account), usage: { ...counters, apiKeys } }
}
