import type { ClientSession } from 'mongoose'
import { ApiKey } from '../../models/api-key.ts'

/** Revokes every key of a tenant within a transaction. */
export async function revokeAllKeys(clerkId: string, revokedAt: Date, session: ClientSession): Promise<void> {
  await ApiKey.updateMany({ clerkId, revokedAt: null }, { $set: { revokedAt } }, { session })
}
