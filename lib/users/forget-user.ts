import { User } from '../../models/user.ts'
import { inTransaction } from '../db/transaction.ts'
import { rememberPurged } from './purged.ts'

/**
 * Removes a deleted account for good, with nothing left of it but a hash of its id. Only as it was read, at
 * `asOf`: what was told of it since, say by a billing event, is to be removed first. False when there is no
 * such account; of several callers at once one alone succeeds.
 */
export async function forgetUser(clerkId: string, asOf: Date | null): Promise<boolean> {
  return inTransaction(async session => {
    const asRead = { clerkId, deletedAt: { $type: 'date' as const }, updatedAt: asOf }
    const { deletedCount } = await User.deleteOne(asRead, { session })
    if (deletedCount === 0) return false
    await rememberPurged(clerkId, session)
    return true
  })
}
