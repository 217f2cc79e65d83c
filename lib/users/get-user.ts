import { User } from '../../models/user.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { NotFound } from '../errors.ts'
import { ACCOUNT_FIELDS, toAccount } from './account.ts'
import type { UserView } from './admin-contracts.ts'
import { toUserView } from './internal/admin-view.ts'

/** One account, deleted ones included. @throws NotFound */
export async function getUser(id: string): Promise<UserView> {
  const found = await User.findOne({ _id: id }, ACCOUNT_FIELDS, ACROSS_TENANTS).lean()
  if (!found) throw new NotFound('user', id)
  return toUserView(toAccount(found))
}
