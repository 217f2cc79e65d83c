import type { Types } from 'mongoose'
import { ApiKey, type ApiKeyDocument } from '../../models/api-key.ts'
import { User } from '../../models/user.ts'
import { gathered } from '../db/gathered.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { ACCOUNT_FIELDS, type Account, type StoredAccount, toAccount } from '../users/account.ts'
import { isMatch } from './internal/hash.ts'
import { live } from './internal/live.ts'
import { lookupPrefix } from './internal/secret.ts'

export type VerifiedKey = { keyId: string; clerkId: string; lastUsedAt: Date | null; account: Account }

/**
 * A presented API key and its tenant's account, or null. The database is asked every time, so a revoked or
 * expired key stops at once on every instance; a malformed key or wrong checksum never gets that far.
 */
export async function verifyApiKey(presented: string): Promise<VerifiedKey | null> {
  const keyPrefix = lookupPrefix(presented)
  if (keyPrefix === null) return null
  for (const { _id, clerkId, keyHash, lastUsedAt, owners } of await candidatesOf(keyPrefix)) {
    if (!(await isMatch(presented, keyHash))) continue
    const [owner] = owners
    if (!owner) return null
    return { keyId: _id.toHexString(), clerkId, lastUsedAt: lastUsedAt ?? null, account: toAccount(owner) }
  }
  return null
}

type Candidate = Pick<ApiKeyDocument, 'clerkId' | 'keyHash' | 'keyPrefix' | 'lastUsedAt'> & {
  _id: Types.ObjectId
  owners: StoredAccount[]
}

const FIELDS = { clerkId: 1, keyHash: 1, keyPrefix: 1, lastUsedAt: 1, owners: { _id: 1, ...ACCOUNT_FIELDS } }

/** The live keys of a prefix with their owners' accounts, in one command. */
const candidatesOf = gathered(async keyPrefixes => {
  const found = await ApiKey.aggregate<Candidate>([
    { $match: { keyPrefix: { $in: keyPrefixes }, ...live(new Date()) } },
    {
      $lookup: {
        from: User.collection.collectionName,
        localField: 'clerkId',
        foreignField: 'clerkId',
        as: 'owners',
      },
    },
    { $project: FIELDS },
  ]).option(ACROSS_TENANTS)
  const byPrefix = Map.groupBy(found, ({ keyPrefix }) => keyPrefix)
  return keyPrefix => byPrefix.get(keyPrefix) ?? []
})
