import { User } from '../../models/user.ts'
import { type Page, type PageRequest, toPage, toPageBy } from '../db/page.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { ACCOUNT_FIELDS, type StoredAccount, toAccount } from './account.ts'
import type { UserView } from './admin-contracts.ts'
import { orderOf, type Search } from './internal/admin-orders.ts'
import { standing } from './internal/admin-status.ts'
import { userViewer } from './internal/admin-view.ts'

/**
 * Accounts with what they used. `q` is the beginning of an address, in any case.
 * @throws InvalidInput for a cursor not of this list.
 */
export async function listUsers({ limit, cursor, ...search }: PageRequest & Search): Promise<Page<UserView>> {
  const now = new Date()
  const order = orderOf(search)
  const filter = { $and: [matching(search, now), order.after(cursor)] }
  const found: StoredAccount[] = await User.find(filter, ACCOUNT_FIELDS, ACROSS_TENANTS)
    .sort(order.sort)
    .hint(order.index)
    .limit(limit + 1)
    .lean()
  const viewAccount = await userViewer(found, now)
  const view = (user: StoredAccount) => viewAccount(toAccount(user))
  return order.keyOf ? toPageBy(order.keyOf, found, limit, view) : toPage(found, limit, view)
}

function matching({ q, plan, status }: Search, now: Date): object {
  return {
    ...(q !== undefined && { email: beginningWith(q.toLowerCase()) }),
    ...(plan && { plan }),
    ...(status && standing(status, now)),
  }
}

/** The server compares texts by their code points, of which none is greater than the last. */
function beginningWith(start: string): object {
  return { $gte: start, $lt: `${start}\u{10ffff}` }
}
