import type { ClientSession } from 'mongoose'
import { ApiKey } from '../../models/api-key.ts'
import { live } from './internal/live.ts'

/** How many keys of a tenant count against its plan: those that work. */
export function countLiveKeys(clerkId: string, session?: ClientSession): Promise<number> {
  return ApiKey.countDocuments({ clerkId, ...live(new Date()) }, session ? { session } : {})
}
