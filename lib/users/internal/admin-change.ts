import type { ClientSession } from 'mongoose'
import { User, type UserDocument } from '../../../models/user.ts'
import type { UserCaller } from '../../auth/caller.ts'
import { ACROSS_TENANTS } from '../../db/tenant-guard.ts'
import { AppError, NotFound, Unauthenticated } from '../../errors.ts'
import { ACCOUNT_FIELDS, type Account, requireActive, toAccount } from '../account.ts'

/**
 * The account that an admin is about to change, as the transaction finds it. The admin is looked at again: one
 * who was suspended after this request was let in must not undo it.
 * @throws NotFound; AppError `conflict` for a deleted account, `account_inactive`, `forbidden`
 */
export async function accountToChange(
  admin: UserCaller,
  id: string,
  session: ClientSession,
): Promise<Account> {
  const both = { _id: { $in: [id, admin.account.id] } }
  const found = await User.find(both, ACCOUNT_FIELDS, { session, ...ACROSS_TENANTS }).lean()
  const accounts = new Map(found.map(toAccount).map(account => [account.id, account]))
  requireStillAdmin(accounts.get(admin.account.id))
  const account = accounts.get(id)
  if (!account) throw new NotFound('user', id)
  if (account.deletedAt) throw new AppError('conflict', 'This account was deleted; it cannot be changed.')
  return account
}

function requireStillAdmin(account: Account | undefined): void {
  if (!account) throw new Unauthenticated()
  requireActive(account)
  if (account.role !== 'admin') throw new AppError('forbidden', 'Your account may not do this.')
}

/** Writes what an admin changed, and gives the account as it is then. */
export async function change(
  account: Account,
  fields: Partial<Pick<Account, 'limits' | 'suspension'>>,
  session: ClientSession,
): Promise<Account> {
  const { clerkId } = account
  await User.updateOne({ clerkId }, { $set: fields as Partial<UserDocument> }, { session })
  return { ...account, ...fields }
}
