import { ApiKey } from '../../models/api-key.ts'
import type { UserCaller } from '../auth/caller.ts'
import { inTransaction } from '../db/transaction.ts'
import { AppError, NotFound } from '../errors.ts'
import { requireRoomForKey } from './internal/room.ts'
import { RESTORE_WINDOW_MS } from './revoke-key.ts'

/**
 * Takes a revocation back within ten seconds.
 * @throws NotFound, AppError `conflict` for a key that is not revoked or `restore_expired`, LimitReached
 */
export async function restoreApiKey(
  { clerkId }: UserCaller,
  keyId: string,
): Promise<{ id: string; revokedAt: null }> {
  await inTransaction(async session => {
    const key = await ApiKey.findOne({ _id: keyId, clerkId }, { revokedAt: 1 }, { session }).lean()
    if (!key) throw new NotFound('API key', keyId)
    if (!key.revokedAt) throw new AppError('conflict', 'This key is not revoked.')
    if (Date.now() - key.revokedAt.getTime() > RESTORE_WINDOW_MS) {
      throw new AppError('restore_expired', 'The ten seconds to restore this key are over.')
    }
    await requireRoomForKey(clerkId, session)
    await ApiKey.updateOne({ _id: keyId, clerkId }, { $set: { revokedAt: null } }, { session })
  })
  return { id: keyId, revokedAt: null }
}
