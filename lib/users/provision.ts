import { Unauthenticated } from '../errors.ts'
import { type Account, findAccount } from './account.ts'
import { saveProfile } from './save-profile.ts'

/**
 * The account behind a valid session. When its `user.created` has not arrived yet, the account is made from
 * Clerk's own API; the later webhook merges into it.
 * @throws Unauthenticated when Clerk does not know the person.
 */
export async function accountOfSession(clerkId: string): Promise<Account> {
  const known = await findAccount(clerkId)
  if (known) return known
  const { fetchClerkProfile } = await import('../clerk/fetch-profile.ts')
  const profile = await fetchClerkProfile(clerkId)
  if (profile) await saveProfile(profile)
  const account = await findAccount(clerkId)
  if (!account) throw new Unauthenticated()
  return account
}
