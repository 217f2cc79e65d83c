import { AppError, Unauthenticated } from '../errors.ts'
import { type Account, findAccount } from './account.ts'
import { isPurged } from './purged.ts'
import { saveProfile } from './save-profile.ts'

/**
 * The account behind a valid session. When its `user.created` has not arrived yet, the account is made from
 * Clerk's own API; the later webhook merges into it.
 * @throws Unauthenticated when Clerk does not know the person, AppError `account_inactive` for a purged account.
 */
export async function accountOfSession(clerkId: string): Promise<Account> {
  const known = await findAccount(clerkId)
  if (known) return known
  if (await isPurged(clerkId)) throw purged()
  const { fetchClerkProfile } = await import('../clerk/fetch-profile.ts')
  const profile = await fetchClerkProfile(clerkId)
  if (profile) await saveProfile(profile)
  const account = await findAccount(clerkId)
  if (!account) throw new Unauthenticated()
  return account
}

/** Told as of a deleted account, which it was. */
function purged(): AppError {
  return new AppError('account_inactive', 'This account was deleted.')
}
