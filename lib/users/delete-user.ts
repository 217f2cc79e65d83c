import { User } from '../../models/user.ts'
import { isDuplicateKey } from '../db/faults.ts'
import { inTransaction } from '../db/transaction.ts'
import { revokeAllKeys } from '../keys/revoke-all.ts'
import { upsertUnlessPurged } from './purged.ts'

/**
 * Soft-deletes an account and revokes its keys in one transaction. An account not known yet leaves a
 * tombstone, so that an event that was under way cannot revive it; a purged one leaves none. Doing it again
 * changes nothing.
 */
export async function deleteUser(clerkId: string): Promise<void> {
  const now = new Date()
  await leaveTombstone(clerkId, now)
  await inTransaction(async session => {
    await User.updateOne({ clerkId, deletedAt: null }, { $set: { deletedAt: now } }, { session })
    await revokeAllKeys(clerkId, now, session)
  })
}

async function leaveTombstone(clerkId: string, deletedAt: Date): Promise<void> {
  if (await User.exists({ clerkId })) return
  const tombstone = { email: `${clerkId}@deleted.invalid`, deletedAt }
  try {
    await upsertUnlessPurged({ clerkId }, { $setOnInsert: tombstone })
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
  }
}
