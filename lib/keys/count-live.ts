import type { ClientSession } from 'mongoose'
import { ApiKey } from '../../models/api-key.ts'
import { counted } from './internal/live.ts'

/** Left to itself the planner may keep to the index on clerkId alone and read every key that the tenant revoked. */
const LIVE_KEYS = { clerkId: 1, revokedAt: 1, replacedBy: 1 } as const

/** How many keys of a tenant count against its plan: those that work and were not rotated. */
export function countLiveKeys(clerkId: string, session?: ClientSession): Promise<number> {
  const filter = { clerkId, ...counted(new Date()) }
  return ApiKey.countDocuments(filter, session ? { session } : {}).hint(LIVE_KEYS)
}

/** As `countLiveKeys`, of many tenants: an aggregation over keys that gives each one's id and `apiKeys`. */
export function countingLiveKeys(clerkIds: string[], now: Date) {
  return ApiKey.aggregate()
    .match({ clerkId: { $in: clerkIds }, ...counted(now) })
    .group({ _id: '$clerkId', apiKeys: { $sum: 1 } })
    .hint(LIVE_KEYS)
}
