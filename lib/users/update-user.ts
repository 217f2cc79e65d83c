import { isDeepStrictEqual } from 'node:util'
import { recordAction } from '../audit/record-action.ts'
import type { UserCaller } from '../auth/caller.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Limits } from '../limits/plans.ts'
import type { UserView } from './admin-contracts.ts'
import { accountToChange, change } from './internal/admin-change.ts'
import { toUserView } from './internal/admin-view.ts'

type Given = { limits?: { [K in keyof Limits]?: Limits[K] | undefined } | undefined }

/**
 * Replaces an account's overrides of its plan's limits; the next request is held to them. What changes nothing
 * is not written down.
 * @throws NotFound, AppError `conflict` for a deleted account
 */
export async function updateUser(caller: UserCaller, id: string, given: Given): Promise<UserView> {
  const updated = await inTransaction(async session => {
    const account = await accountToChange(caller, id, session)
    const { limits: from } = account
    const to = given.limits as Partial<Limits> | undefined
    if (to === undefined || isDeepStrictEqual(from, to)) return account
    const changes = { limits: { from, to } }
    const target = { type: 'user', id } as const
    await recordAction(caller, { action: 'user.limits_changed', target, changes }, session)
    return change(account, { limits: to }, session)
  })
  return toUserView(updated)
}
