import { ApiKey } from '../../models/api-key.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { isMatch } from './internal/hash.ts'
import { live } from './internal/live.ts'
import { lookupPrefix } from './internal/secret.ts'

export type VerifiedKey = { keyId: string; clerkId: string; lastUsedAt: Date | null }

/**
 * The tenant behind a presented API key, or null. The database is asked every time, so a revoked or expired
 * key stops at once on every instance; a malformed key or wrong checksum never gets that far.
 */
export async function verifyApiKey(presented: string): Promise<VerifiedKey | null> {
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
    return { keyId: _id.toHexString(), clerkId, lastUsedAt: lastUsedAt ?? null }
  }
  return null
}
