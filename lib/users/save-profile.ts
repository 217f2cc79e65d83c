import { User } from '../../models/user.ts'
import { settlePendingEvents } from '../billing/settle-pending.ts'
import type { ClerkProfile } from '../clerk/profile.ts'
import { isDuplicateKey } from '../db/faults.ts'

export type ProfileOutcome = 'created' | 'updated' | 'stale' | 'ignored'

/**
 * Writes a person's profile if it is newer than the one stored; a deleted account never revives. Deliveries
 * may come twice, at once and out of order: the newest `updatedAt` wins whatever the order. An account needs
 * an address: a profile without one makes none, and leaves the address of one that exists.
 */
export async function saveProfile(profile: ClerkProfile): Promise<ProfileOutcome> {
  const outcome = await writeNewer(profile)
  // Also when nothing was written: an earlier delivery may have failed between the two, and an address may be new.
  if (outcome !== 'ignored') await settlePendingEvents(profile.clerkId)
  return outcome
}

async function writeNewer({ clerkId, updatedAt, email, ...fields }: ClerkProfile): Promise<ProfileOutcome> {
  const isOlder = {
    clerkId,
    deletedAt: null,
    $or: [{ clerkUpdatedAt: null }, { clerkUpdatedAt: { $lt: updatedAt } }],
  }
  const update = { $set: { ...fields, ...(email !== null && { email }), clerkUpdatedAt: updatedAt } }
  try {
    const { upsertedCount, matchedCount } = await User.updateOne(isOlder, update, { upsert: email !== null })
    if (upsertedCount > 0) return 'created'
    return matchedCount > 0 ? 'updated' : 'ignored'
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
  }
  // The account exists and is newer or deleted, or another delivery created it this very moment.
  const { matchedCount } = await User.updateOne(isOlder, update)
  return matchedCount > 0 ? 'updated' : 'stale'
}
