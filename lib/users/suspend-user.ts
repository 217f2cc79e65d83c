import { recordAction } from '../audit/record-action.ts'
import type { UserCaller } from '../auth/caller.ts'
import { inTransaction } from '../db/transaction.ts'
import { InvalidInput } from '../errors.ts'
import type { UserView } from './admin-contracts.ts'
import { accountToChange, change } from './internal/admin-change.ts'
import { toUserView } from './internal/admin-view.ts'
import { requireAnotherAdmin } from './internal/last-admin.ts'

/**
 * Keeps an account from being used, from the next request on. Doing it again replaces reason and end.
 * @throws InvalidInput, NotFound, AppError `conflict` for a deleted account and for the last active admin
 */
export async function suspendUser(
  caller: UserCaller,
  id: string,
  { reason, until }: { reason: string; until?: Date | null | undefined },
): Promise<UserView> {
  if (until && until <= new Date())
    throw new InvalidInput([{ path: 'until', message: 'must lie in the future' }])
  const suspended = await inTransaction(async session => {
    const account = await accountToChange(caller, id, session)
    if (account.role === 'admin') await requireAnotherAdmin(id, session)
    const suspension = { at: new Date(), until: until ?? null, reason }
    const changes = { suspension: { from: account.suspension, to: suspension } }
    const target = { type: 'user', id } as const
    await recordAction(caller, { action: 'user.suspended', target, changes, note: reason }, session)
    return change(account, { suspension }, session)
  })
  return toUserView(suspended)
}
