import { createHash } from 'node:crypto'
import type { ClientSession, QueryFilter, UpdateQuery } from 'mongoose'
import { PurgedAccount } from '../../models/purged-account.ts'
import { User, type UserDocument } from '../../models/user.ts'
import { inTransaction } from '../db/transaction.ts'

/** Whether an account of this id was purged: it never comes back. */
export async function isPurged(clerkId: string, session: ClientSession | null = null): Promise<boolean> {
  const known = await PurgedAccount.exists({ clerkIdHash: hashOf(clerkId) }).session(session)
  return known !== null
}

/** Leaves the hash of an id behind, in the transaction that removes its account. */
export async function rememberPurged(clerkId: string, session: ClientSession): Promise<void> {
  const clerkIdHash = hashOf(clerkId)
  await PurgedAccount.updateOne({ clerkIdHash }, { $setOnInsert: { clerkIdHash } }, { upsert: true, session })
}

/**
 * Upserts a user, unless the account was purged: then null. Removing an account leaves its hash in the same
 * transaction, so that this one sees either of the two. @throws a duplicate-key error when the account exists
 * and is not as the filter wants it
 */
export async function upsertUnlessPurged(
  filter: QueryFilter<UserDocument> & { clerkId: string },
  update: UpdateQuery<UserDocument>,
): Promise<'created' | 'updated' | null> {
  return inTransaction(async session => {
    if (await isPurged(filter.clerkId, session)) return null
    const { upsertedCount } = await User.updateOne(filter, update, { upsert: true, session })
    return upsertedCount > 0 ? 'created' : 'updated'
  })
}

function hashOf(clerkId: string): string {
  return createHash('sha256').update(clerkId).digest('hex')
}
