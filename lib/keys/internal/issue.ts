import type { ClientSession } from 'mongoose'
import { ApiKey } from '../../../models/api-key.ts'
import { hashSecret } from './hash.ts'
import { newSecret, prefixOf } from './secret.ts'

export type MintedKey = { secret: string; keyHash: string; keyPrefix: string }

export type CreatedKey = {
  id: string
  key: string
  keyPrefix: string
  name: string | null
  createdAt: Date
  expiresAt: Date | null
}

/** A new secret and what is kept of it. Made before a transaction, which should not wait for bcrypt. */
export async function mintKey(): Promise<MintedKey> {
  const secret = newSecret()
  return { secret, keyHash: await hashSecret(secret), keyPrefix: prefixOf(secret) }
}

/** Stores a minted key; the result is the only place where its secret appears. */
export async function storeKey(
  { secret, keyHash, keyPrefix }: MintedKey,
  owned: { clerkId: string; name: string | null; expiresAt: Date | null },
  session: ClientSession,
): Promise<CreatedKey> {
  const [stored] = await ApiKey.create([{ ...owned, keyHash, keyPrefix }], { session })
  if (!stored) throw new Error('the key was not stored')
  const { name, expiresAt } = owned
  return {
    id: stored._id.toHexString(),
    key: secret,
    keyPrefix,
    name,
    createdAt: stored.createdAt,
    expiresAt,
  }
}
