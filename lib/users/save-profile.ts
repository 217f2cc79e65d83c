import { User } from '../../models/user.ts'
import { settlePendingEvents } from '../billing/settle-pending.ts'
import type { ClerkProfile } from '../clerk/profile.ts'
import { isDuplicateKey } from '../db/faults.ts'
import { upsertUnlessPurged } from './purged.ts'

export type ProfileOutcome = 'created' | 'updated' | 'stale' | 'ignored'

/**
 * Writes a person's profile if it is newer than the one stored; an account that was deleted or purged never
 * revives. Deliveries may come twice, at once and out of order: the newest `updatedAt` wins whatever the order.
 * An account needs an address: a profile without one makes none, and leaves the address of one that exists.
 */
export async function saveProfile(profile: ClerkProfile): Promise<ProfileOutcome> {
  const outcome = await writeNewer(profile)
  // Also when nothing was written: an earlier delivery may have failed between the two, and an address may be new.
  if (outcome !== 'ignored') await settlePendingEvents(profile.clerkId)
  return outcome
}

async function writeNewer(profile: ClerkProfile): Promise<ProfileOutcome> {
  const { clerkId, updatedAt, email, ...fields } = profile
  const isOlder = {
    clerkId,
    deletedAt: null,
    $or: [{ clerkUpdatedAt: null }, { clerkUpdatedAt: { $lt: updatedAt } }],
  }
  const update = { $set: { ...fields, ...(email !== null && { email }), clerkUpdatedAt: updatedAt } }
  if ((await User.updateOne(isOlder, update)).matchedCount > 0) return 'updated'
  if (email === null) return 'ignored'
  const known = await User.findOne({ clerkId }, { deletedAt: 1, clerkUpdatedAt: 1 }).lean()
  if (known?.deletedAt || (known?.clerkUpdatedAt ?? Number.NEGATIVE_INFINITY) >= updatedAt) return 'stale'
  try {
    return (await upsertUnlessPurged(isOlder, update)) ?? 'stale'
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
  }
  // Another delivery created it this very moment, on a server that may be gone by the next look.
  return writeNewer(profile)
}
