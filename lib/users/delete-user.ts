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
  try {
    await markDeleted(clerkId, now)
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
    // Another delivery created it this very moment.
    await markDeleted(clerkId, now)
  }
}

async function markDeleted(clerkId: string, deletedAt: Date): Promise<void> {
  const tombstone = { email: `${clerkId}@deleted.invalid`, deletedAt }
  await inTransaction(async session => {
    const isKnown = (await User.exists({ clerkId }).session(session)) !== null
    if (isKnown) await User.updateOne({ clerkId, deletedAt: null }, { $set: { deletedAt } }, { session })
    else await upsertUnlessPurged({ clerkId }, { $setOnInsert: tombstone })
    await revokeAllKeys(clerkId, deletedAt, session)
  })
}
