import { User } from '../../models/user.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'

/** A day less than it takes until a deleted account is purged. */
const LEAVING_MS = 29 * 24 * 60 * 60 * 1000

/** Whose accounts are being purged, or soon will be: figures made of them meanwhile would stay behind. */
export async function findLeaving(): Promise<string[]> {
  const deletedAt = { $type: 'date' as const, $lt: new Date(Date.now() - LEAVING_MS) }
  const found = await User.find({ deletedAt }, { clerkId: 1 }, ACROSS_TENANTS).lean()
  return found.map(({ clerkId }) => clerkId)
}
