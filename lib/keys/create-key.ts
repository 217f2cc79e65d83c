import { ApiKey } from '../../models/api-key.ts'
import type { UserCaller } from '../auth/caller.ts'
import { inTransaction } from '../db/transaction.ts'
import { hashSecret } from './internal/hash.ts'
import { requireRoomForKey } from './internal/room.ts'
import { newSecret, prefixOf } from './internal/secret.ts'

export type NewKey = { name?: string | undefined; expiresAt?: Date | undefined }
export type CreatedKey = {
  id: string
  key: string
  keyPrefix: string
  name: string | null
  createdAt: Date
  expiresAt: Date | null
}

/**
 * Makes an API key; its secret is in the result and nowhere else afterwards.
 * @throws LimitReached when the plan allows no more keys.
 */
export async function createApiKey(
  { clerkId }: UserCaller,
  { name, expiresAt }: NewKey,
): Promise<CreatedKey> {
  const secret = newSecret()
  const fields = {
    clerkId,
    keyHash: await hashSecret(secret),
    keyPrefix: prefixOf(secret),
    name: name ?? null,
    expiresAt: expiresAt ?? null,
  }
  const stored = await inTransaction(async session => {
    await requireRoomForKey(clerkId, session)
    const [key] = await ApiKey.create([fields], { session })
    if (!key) throw new Error('the key was not stored')
    return key
  })
  return {
    id: stored._id.toHexString(),
    key: secret,
    keyPrefix: stored.keyPrefix,
    name: stored.name ?? null,
    createdAt: stored.createdAt,
    expiresAt: stored.expiresAt ?? null,
  }
}
