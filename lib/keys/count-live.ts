import type { ClientSession } from 'mongoose'
import { ApiKey } from '../../models/api-key.ts'
import { counted } from './internal/live.ts'

/** How many keys of a tenant count against its plan: those that work and were not rotated. */
export function countLiveKeys(clerkId: string, session?: ClientSession): Promise<number> {
  return ApiKey.countDocuments({ clerkId, ...counted(new Date()) }, session ? { session } : {})
}
