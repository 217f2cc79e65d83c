import { ApiKey, type ApiKeyDocument } from '../../models/api-key.ts'
import type { UserCaller } from '../auth/caller.ts'
import { inTransaction } from '../db/transaction.ts'
import { AppError, NotFound } from '../errors.ts'
import { type CreatedKey, mintKey, storeKey } from './internal/issue.ts'
import { isExpired } from './internal/live.ts'
import { lockActiveAccount } from './internal/room.ts'

export type Rotation = { keyId: string; graceSeconds: number }
export type RotatedKey = CreatedKey & { replaces: { id: string; expiresAt: Date } }

/**
 * Puts a new key in the place of one, with its name and expiry. The old one works until its grace period or
 * its own time ends. As many keys count against the plan as before, so a full plan does not hinder it.
 * @throws NotFound, AppError `conflict` for a key that is revoked, expired or rotated already
 */
export async function rotateApiKey(
  { clerkId }: UserCaller,
  { keyId, graceSeconds }: Rotation,
): Promise<RotatedKey> {
  const minted = await mintKey()
  return inTransaction(async session => {
    await lockActiveAccount(clerkId, session)
    const old = await ApiKey.findOne({ _id: keyId, clerkId }, { keyHash: 0 }, { session }).lean()
    if (!old) throw new NotFound('API key', keyId)
    const now = new Date()
    requireRotatable(old, now)
    const owned = { clerkId, name: old.name ?? null, expiresAt: old.expiresAt ?? null }
    const created = await storeKey(minted, owned, session)
    const expiresAt = earliest(new Date(now.getTime() + graceSeconds * 1000), owned.expiresAt)
    // Without grace it is revoked too: expiry alone would leave it to the clocks of other instances.
    const ending = { replacedBy: created.id, expiresAt, ...(graceSeconds === 0 && { revokedAt: now }) }
    await ApiKey.updateOne({ _id: keyId, clerkId }, { $set: ending }, { session })
    return { ...created, replaces: { id: keyId, expiresAt } }
  })
}

type State = Pick<ApiKeyDocument, 'revokedAt' | 'expiresAt' | 'replacedBy'>

function requireRotatable({ revokedAt, expiresAt, replacedBy }: State, now: Date): void {
  if (replacedBy) throw new AppError('conflict', 'This key was rotated already.')
  if (revokedAt) throw new AppError('conflict', 'This key is revoked.')
  if (isExpired(expiresAt, now)) throw new AppError('conflict', 'This key has expired.')
}

function earliest(moment: Date, other: Date | null): Date {
  return other && other < moment ? other : moment
}
