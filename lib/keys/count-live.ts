import type { ClientSession } from 'mongoose'
import { ApiKey } from '../../models/api-key.ts'
import { counted } from './internal/live.ts'

/** How many keys of a tenant count against its plan: those that work and were not rotated. */
export function countLiveKeys(clerkId: string, session?: ClientSession): Promise<number> {
  return ApiKey.countDocuments({ clerkId, ...counted(new Date()) }, session ? { session } : {})
}

/** As `countLiveKeys`, of many tenants by one query: gives what tells the number of each. */
export async function countLiveKeysOf(clerkIds: string[]): Promise<(clerkId: string) => number> {
  const found = await ApiKey.aggregate<{ _id: string; keys: number }>([
    { $match: { clerkId: { $in: clerkIds }, ...counted(new Date()) } },
    { $group: { _id: '$clerkId', keys: { $sum: 1 } } },
  ])
  const keys = new Map(found.map(({ _id, keys }) => [_id, keys]))
  return clerkId => keys.get(clerkId) ?? 0
}
