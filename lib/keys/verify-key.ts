import { LRUCache } from 'lru-cache'
import { ApiKey } from '../../models/api-key.ts'
import { inBackground } from '../background.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { isMatch } from './internal/hash.ts'
import { live } from './internal/live.ts'
import { lookupPrefix } from './internal/secret.ts'

const LAST_USED_RESOLUTION_MS = 60_000

/** Keys whose `lastUsedAt` this instance wrote within the last minute. */
const recentlyNoted = new LRUCache<string, true>({ max: 10_000, ttl: LAST_USED_RESOLUTION_MS })

/**
 * The tenant behind a presented API key, or null. The database is asked every time, so a revoked or expired
 * key stops at once on every instance; a malformed key or wrong checksum never gets that far.
 */
export async function verifyApiKey(presented: string): Promise<{ keyId: string; clerkId: string } | null> {
  const keyPrefix = lookupPrefix(presented)
  if (keyPrefix === null) return null
  const candidates = await ApiKey.find(
    { keyPrefix, ...live(new Date()) },
    { clerkId: 1, keyHash: 1, lastUsedAt: 1 },
  )
    .setOptions(ACROSS_TENANTS)
    .lean()
  for (const { _id, clerkId, keyHash, lastUsedAt } of candidates) {
    if (!(await isMatch(presented, keyHash))) continue
    const keyId = _id.toHexString()
    if (!lastUsedAt || Date.now() - lastUsedAt.getTime() > LAST_USED_RESOLUTION_MS) noteUse(keyId, clerkId)
    return { keyId, clerkId }
  }
  return null
}

function noteUse(keyId: string, clerkId: string): void {
  if (recentlyNoted.has(keyId)) return
  recentlyNoted.set(keyId, true)
  const write = ApiKey.updateOne(
    { _id: keyId, clerkId },
    { $set: { lastUsedAt: new Date() } },
    { timestamps: false },
  )
  inBackground('note key use', write.exec())
}
