import type { ClientSession } from 'mongoose'
import { User } from '../../../models/user.ts'

/** Has Polar asked at `due` how a customer stands, unless it is to be asked sooner anyway. */
export async function checkBy(clerkId: string, due: Date, session?: ClientSession): Promise<void> {
  await User.updateOne(
    { clerkId, $or: [{ polarCheckAt: null }, { polarCheckAt: { $gt: due } }] },
    { $set: { polarCheckAt: due } },
    { timestamps: false, ...(session && { session }) },
  )
}
