import { User } from '../../../models/user.ts'

const MIB = 1024 * 1024

/** Fills a user's document so far that no long subscription id fits any more: MongoDB's limit is 16 MiB. */
export async function fillUp(clerkId: string): Promise<void> {
  await User.collection.updateOne({ clerkId }, { $set: { filling: 'x'.repeat(15.5 * MIB) } })
}

export async function makeRoom(clerkId: string): Promise<void> {
  await User.collection.updateOne({ clerkId }, { $unset: { filling: 1 } })
}

/** An id that fits a delivery, and no document that is filled up. */
export const longId = () => 'sub_'.padEnd(0.6 * MIB, 'x')
