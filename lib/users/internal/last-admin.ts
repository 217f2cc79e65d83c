import type { ClientSession } from 'mongoose'
import { User } from '../../../models/user.ts'
import { ACROSS_TENANTS } from '../../db/tenant-guard.ts'
import { AppError } from '../../errors.ts'
import { ACCOUNT_FIELDS, toAccount } from '../account.ts'
import { statusOf } from './admin-status.ts'

const ADMINS = { role: 'admin' as const, deletedAt: null }

/**
 * Refuses to leave nobody who can administer. All admins, who are few, are written to, so that of two
 * transactions that suspend one each, one sees what the other did.
 * @throws AppError `conflict` when no admin but this one is active
 */
export async function requireAnotherAdmin(id: string, session: ClientSession): Promise<void> {
  const lock = { $inc: { locks: 1 } }
  await User.updateMany(ADMINS, lock, { session, timestamps: false, ...ACROSS_TENANTS })
  const admins = await User.find(ADMINS, ACCOUNT_FIELDS, { session, ...ACROSS_TENANTS }).lean()
  const now = new Date()
  const others = admins.map(toAccount).filter(admin => admin.id !== id)
  if (others.some(admin => statusOf(admin, now) === 'active')) return
  throw new AppError('conflict', 'This is the last active admin; suspending them would lock everybody out.')
}
