import { ApiKey, type ApiKeyDocument } from '../../models/api-key.ts'
import type { UserCaller } from '../auth/caller.ts'
import { inTransaction } from '../db/transaction.ts'
import { AppError, NotFound } from '../errors.ts'
import { isExpired } from './internal/live.ts'
import { lockActiveAccount, requireRoomForKey } from './internal/room.ts'
import { RESTORE_WINDOW_MS } from './revoke-key.ts'

/**
 * Takes a revocation back within ten seconds. A key that was rotated works again for what is left of its
 * grace period, and still counts against no plan.
 * @throws NotFound, AppError `conflict` for a key that is not revoked or whose time is over, or
 * `restore_expired`, LimitReached
 */
export async function restoreApiKey(
  { clerkId }: UserCaller,
  keyId: string,
): Promise<{ id: string; revokedAt: null }> {
  await inTransaction(async session => {
    const account = await lockActiveAccount(clerkId, session)
    const key = await ApiKey.findOne({ _id: keyId, clerkId }, { keyHash: 0 }, { session }).lean()
    if (!key) throw new NotFound('API key', keyId)
    requireRestorable(key, new Date())
    if (!key.replacedBy) await requireRoomForKey(account, session)
    await ApiKey.updateOne({ _id: keyId, clerkId }, { $set: { revokedAt: null } }, { session })
  })
  return { id: keyId, revokedAt: null }
}

type Times = Pick<ApiKeyDocument, 'revokedAt' | 'expiresAt'>

function requireRestorable({ revokedAt, expiresAt }: Times, now: Date): void {
  if (!revokedAt) throw new AppError('conflict', 'This key is not revoked.')
  if (now.getTime() - revokedAt.getTime() > RESTORE_WINDOW_MS)
    throw new AppError('restore_expired', 'The ten seconds to restore this key are over.')
  if (isExpired(expiresAt, now)) throw new AppError('conflict', 'This key has expired.')
}
