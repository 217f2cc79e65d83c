import { User } from '../../models/user.ts'
import { settlePendingEvents } from '../billing/settle-pending.ts'
import type { ClerkProfile } from '../clerk/profile.ts'
import { isDuplicateKey } from '../db/faults.ts'

/**
 * Writes a person's profile if it is newer than the one stored; a deleted account never revives. Deliveries
 * may come twice, at once and out of order: the newest `updatedAt` wins whatever the order.
 */
export async function saveProfile(profile: ClerkProfile): Promise<'created' | 'updated' | 'stale'> {
  const outcome = await upsertNewer(profile)
  if (outcome === 'created') await settlePendingEvents(profile.clerkId)
  return outcome
}

async function upsertNewer({
  clerkId,
  updatedAt,
  ...fields
}: ClerkProfile): Promise<'created' | 'updated' | 'stale'> {
  const isOlder = {
    clerkId,
    deletedAt: null,
    $or: [{ clerkUpdatedAt: null }, { clerkUpdatedAt: { $lt: updatedAt } }],
  }
  const update = { $set: { ...fields, clerkUpdatedAt: updatedAt } }
  try {
    const { upsertedCount } = await User.updateOne(isOlder, update, { upsert: true })
    return upsertedCount > 0 ? 'created' : 'updated'
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
  }
  // The account exists and is newer or deleted, or another delivery created it this very moment.
  const { matchedCount } = await User.updateOne(isOlder, update)
  return matchedCount > 0 ? 'updated' : 'stale'
}
