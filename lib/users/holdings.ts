import { User } from '../../models/user.ts'
import type { Owner } from '../privacy/holding.ts'

/** What admins note, and what only drives the work of this API. */
const HIDDEN = { 'suspension.reason': 0, polarCheckAt: 0, polarCheckTwice: 0, locks: 0, __v: 0 } as const

/** All that an account itself keeps, for its owner; not what lies elsewhere under its id. */
export async function profileOf({ clerkId }: Owner): Promise<object | null> {
  const found = await User.findOne({ clerkId }, HIDDEN).lean()
  if (!found) return null
  const { _id, ...fields } = found
  return { id: _id, ...fields }
}
