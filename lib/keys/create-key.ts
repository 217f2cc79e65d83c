import type { UserCaller } from '../auth/caller.ts'
import { inTransaction } from '../db/transaction.ts'
import { InvalidInput } from '../errors.ts'
import { type CreatedKey, mintKey, storeKey } from './internal/issue.ts'
import { lockActiveAccount, requireRoomForKey } from './internal/room.ts'

export type NewKey = { name?: string | undefined; expiresAt?: Date | undefined }

/**
 * Makes an API key; its secret is in the result and nowhere else afterwards.
 * @throws LimitReached when the plan allows no more keys, InvalidInput for an expiry that is past.
 */
export async function createApiKey(
  { clerkId }: UserCaller,
  { name, expiresAt }: NewKey,
): Promise<CreatedKey> {
  if (expiresAt && expiresAt <= new Date())
    throw new InvalidInput([{ path: 'expiresAt', message: 'must lie in the future' }])
  const minted = await mintKey()
  const owned = { clerkId, name: name ?? null, expiresAt: expiresAt ?? null }
  return inTransaction(async session => {
    const account = await lockActiveAccount(clerkId, session)
    await requireRoomForKey(account, session)
    return storeKey(minted, owned, session)
  })
}
