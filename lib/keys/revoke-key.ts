import { ApiKey } from '../../models/api-key.ts'
import type { UserCaller } from '../auth/caller.ts'
import { InvalidInput, NotFound } from '../errors.ts'

/** How long a revoked key can be taken back, in milliseconds. */
export const RESTORE_WINDOW_MS = 10_000

export type RevokedKey = { id: string; revokedAt: Date; restorableUntil: Date }

/** Stops a key at once; doing it again changes nothing. @throws InvalidInput, NotFound for a key not the caller's. */
export async function revokeApiKey({ clerkId }: UserCaller, keyId: string | undefined): Promise<RevokedKey> {
  if (keyId === undefined)
    throw new InvalidInput([{ path: 'keyId', message: 'Name the key in the query or the body' }])
  await ApiKey.updateOne({ _id: keyId, clerkId, revokedAt: null }, { $set: { revokedAt: new Date() } })
  const key = await ApiKey.findOne({ _id: keyId, clerkId }, { revokedAt: 1 }).lean()
  if (!key?.revokedAt) throw new NotFound('API key', keyId)
  return {
    id: keyId,
    revokedAt: key.revokedAt,
    restorableUntil: new Date(key.revokedAt.getTime() + RESTORE_WINDOW_MS),
  }
}
