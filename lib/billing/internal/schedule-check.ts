import type { ClientSession } from 'mongoose'
import { User } from '../../../models/user.ts'

/**
 * Has Polar asked at `due` how a customer stands, unless it is to be asked sooner anyway; and once more if it
 * knows of nothing then.
 */
export async function checkBy(clerkId: string, due: Date, session?: ClientSession): Promise<void> {
  const fields = { polarCheckAt: { $min: ['$polarCheckAt', due] }, polarCheckTwice: true }
  await User.updateOne({ clerkId }, [{ $set: fields }], {
    updatePipeline: true,
    timestamps: false,
    ...(session && { session }),
  })
}
