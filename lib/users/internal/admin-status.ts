import { type Account, isOver } from '../account.ts'
import type { USER_STATUSES } from '../admin-contracts.ts'

export type UserStatus = (typeof USER_STATUSES)[number]

/** How an account stands now. */
export function statusOf({ deletedAt, suspension }: Account, now: Date): UserStatus {
  if (deletedAt) return 'deleted'
  return suspension && !isOver(suspension, now) ? 'suspended' : 'active'
}

/** Filter for the accounts that stand so; the types of dates are named for the partial indexes. */
export function standing(status: UserStatus, now: Date): object {
  if (status === 'deleted') return { deletedAt: { $type: 'date' } }
  if (status === 'active')
    return { deletedAt: null, $or: [{ suspension: null }, { 'suspension.until': { $lte: now } }] }
  const lasts = [{ 'suspension.until': null }, { 'suspension.until': { $gt: now } }]
  return { deletedAt: null, 'suspension.at': { $type: 'date' }, $or: lasts }
}
