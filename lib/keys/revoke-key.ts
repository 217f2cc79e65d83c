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
  // One write that keeps an earlier time: a restore at the same moment cannot come between a write and a read.
  const key = await ApiKey.findOneAndUpdate(
    { _id: keyId, clerkId },
    [{ $set: { revokedAt: { $ifNull: ['$revokedAt', new Date()] } } }],
    { updatePipeline: true, returnDocument: 'after', projection: { revokedAt: 1 } },
  ).lean()
  if (!key?.revokedAt) throw new NotFound('API key', keyId)
  return {
    id: keyId,
    revokedAt: key.revokedAt,
    restorableUntil: new Date(key.revokedAt.getTime() + RESTORE_WINDOW_MS),
  }
}
