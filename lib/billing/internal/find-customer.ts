import type { ClientSession } from 'mongoose'
import { User } from '../../../models/user.ts'
import { ACROSS_TENANTS } from '../../db/tenant-guard.ts'
import { BILLED_FIELDS, type BilledUser } from './apply-change.ts'
import type { CustomerRef } from './change.ts'
import { customerIdsOf } from './ledger.ts'

const FIELDS = { ...BILLED_FIELDS, email: 1, deletedAt: 1 } as const

/**
 * The user behind a Polar customer, read by one command. A live user comes first: by external id, then by Polar's
 * id, then by email if exactly one has it. Polar keeps one customer per address, with the external id of the
 * first account: who signs up again must not lose to the account they deleted. Then a deleted user, by either
 * id. Null when none is known yet.
 */
export async function findCustomer(
  { externalId, id, email }: CustomerRef,
  session?: ClientSession,
): Promise<BilledUser | null> {
  const named = [
    ...(externalId ? [{ clerkId: externalId }] : []),
    ...(id ? hasCustomer(id) : []),
    ...(email ? [{ email, deletedAt: null }] : []),
  ]
  if (named.length === 0) return null
  const options = { ...ACROSS_TENANTS, ...(session && { session }) }
  const found = await User.find({ $or: named }, FIELDS, options).lean()
  const live = found.filter(({ deletedAt }) => !deletedAt)
  const byId = (among: typeof found) =>
    among.find(({ clerkId }) => clerkId === externalId) ??
    among.find(user => id && customerIdsOf(user).includes(id))
  const [only, another] = live.filter(user => user.email === email)
  const byEmail = another ? undefined : only
  return byId(live) ?? byEmail ?? byId(found) ?? null
}

function hasCustomer(id: string) {
  return [{ polarCustomerId: id }, { 'polarSubscriptions.customerId': id }, { 'polarStates.customerId': id }]
}
