import { recordAction } from '../audit/record-action.ts'
import type { UserCaller } from '../auth/caller.ts'
import { inTransaction } from '../db/transaction.ts'
import { AppError } from '../errors.ts'
import type { UserView } from './admin-contracts.ts'
import { accountToChange, change } from './internal/admin-change.ts'
import { toUserView } from './internal/admin-view.ts'

/**
 * Lifts a suspension, also one whose time is over.
 * @throws NotFound, AppError `conflict` for an account that is deleted or not suspended
 */
export async function reactivateUser(caller: UserCaller, id: string): Promise<UserView> {
  const active = await inTransaction(async session => {
    const account = await accountToChange(caller, id, session)
    if (!account.suspension) throw new AppError('conflict', 'This account is not suspended.')
    const changes = { suspension: { from: account.suspension, to: null } }
    const target = { type: 'user', id } as const
    await recordAction(caller, { action: 'user.reactivated', target, changes }, session)
    return change(account, { suspension: null }, session)
  })
  return toUserView(active)
}
