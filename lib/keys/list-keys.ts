import { ApiKey } from '../../models/api-key.ts'
import type { UserCaller } from '../auth/caller.ts'
import { afterCursor, type Page, type PageRequest, toPage } from '../db/page.ts'

export type KeyView = {
  id: string
  keyPrefix: string
  name: string | null
  createdAt: Date
  lastUsedAt: Date | null
  expiresAt: Date | null
  revokedAt: Date | null
}

/** The caller's keys, newest first, without hashes; revoked ones only on request. */
export async function listApiKeys(
  { clerkId }: UserCaller,
  { limit, cursor, includeRevoked }: PageRequest & { includeRevoked: boolean },
): Promise<Page<KeyView>> {
  const filter = { clerkId, ...(!includeRevoked && { revokedAt: null }), ...afterCursor(cursor) }
  const found = await ApiKey.find(filter, { keyHash: 0 })
    .sort({ _id: -1 })
    .hint({ clerkId: 1, ...(!includeRevoked && { revokedAt: 1 as const }), _id: -1 })
    .limit(limit + 1)
    .lean()
  return toPage(found, limit, key => ({
    id: key._id.toHexString(),
    keyPrefix: key.keyPrefix,
    name: key.name ?? null,
    createdAt: key.createdAt,
    lastUsedAt: key.lastUsedAt ?? null,
    expiresAt: key.expiresAt ?? null,
    revokedAt: key.revokedAt ?? null,
  }))
}
