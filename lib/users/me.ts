import type { TenantCaller } from '../auth/caller.ts'
import { gathered } from '../db/gathered.ts'
import { type Limits, limitsOf } from '../limits/plans.ts'
import type { Account } from './account.ts'
import { readUsed, type Used } from './internal/used.ts'

export type Me = Omit<Account, 'limits' | 'deletedAt' | 'suspension'> & {
  limits: Limits
  usage: Used
}

const usedBy = gathered(readUsed)

/** The caller's own account with its limits and this period's counters. */
export async function getMe({ account }: TenantCaller): Promise<Me> {
  const usage = await usedBy(account.clerkId)
  const { deletedAt, suspension, ...shown } = account
  return { ...shown, limits: limitsOf(account), usage }
}
