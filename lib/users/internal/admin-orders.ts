import { afterCursor, afterMoment, afterText } from '../../db/page.ts'
import type { Plan } from '../../limits/plans.ts'
import type { StoredAccount } from '../account.ts'
import type { UserStatus } from './admin-status.ts'

type Keys = Record<string, 1 | -1>

/** How a list of users is sorted, and by which index it is read: one that has them in that order. */
export type Order = {
  sort: Keys
  index: Keys
  after(cursor: string | undefined): object
  /** What they are sorted by before their id; null for the id alone. */
  keyOf: ((user: StoredAccount) => Date | string) | null
}

export type Search = { q?: string | undefined; plan?: Plan | undefined; status?: UserStatus | undefined }

/** Found ones by their addresses, suspended and deleted ones by when they were, others newest first. */
export function orderOf({ q, plan, status }: Search): Order {
  if (q !== undefined) return byEmail(plan, status)
  const first: Keys = plan ? { plan: 1 } : {}
  if (status === 'suspended') return byMoment('suspension.at', first, user => user.suspension?.at)
  if (status === 'deleted') return byMoment('deletedAt', first, user => user.deletedAt)
  const sort: Keys = { _id: -1 }
  return { sort, index: plan ? { ...first, ...sort } : { _id: 1 }, after: afterCursor, keyOf: null }
}

/** Few are suspended or deleted: these have indexes of their own, in which the plan is not worth a place. */
function byEmail(plan: Plan | undefined, status: UserStatus | undefined): Order {
  const sort: Keys = { email: 1, _id: 1 }
  const indexes: Record<UserStatus, Keys> = {
    suspended: { ...sort, 'suspension.until': 1 },
    deleted: { ...sort, deletedAt: 1 },
    active: plan ? { plan: 1, ...sort } : sort,
  }
  const index = indexes[status ?? 'active']
  return { sort, index, after: cursor => afterText('email', cursor), keyOf: user => user.email }
}

function byMoment(
  field: string,
  first: Keys,
  momentOf: (user: StoredAccount) => Date | null | undefined,
): Order {
  const sort: Keys = { [field]: -1, _id: -1 }
  return {
    sort,
    index: { ...first, ...sort },
    after: cursor => afterMoment(field, cursor),
    keyOf: user => momentOf(user) ?? new Date(0),
  }
}
