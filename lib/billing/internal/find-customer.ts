import type { ClientSession } from 'mongoose'
import { User } from '../../../models/user.ts'
import { ACROSS_TENANTS } from '../../db/tenant-guard.ts'
import type { CustomerRef } from './change.ts'

/**
 * The Clerk id of the user behind a Polar customer. A live user comes first: by external id, then by Polar's
 * id, then by email if exactly one has it. Polar keeps one customer per address, with the external id of the
 * first account: who signs up again must not lose to the account they deleted. Then a deleted user, by either
 * id. Null when none is known yet.
 */
export async function findCustomer(customer: CustomerRef, session?: ClientSession): Promise<string | null> {
  const { externalId, id, email } = customer
  const options = { ...ACROSS_TENANTS, ...(session && { session }) }
  const ownersOf = (filter: object) => User.find(filter, { clerkId: 1 }, options).limit(2).lean()

  async function byId(among: object): Promise<string | null> {
    const [named] = externalId ? await ownersOf({ clerkId: externalId, ...among }) : []
    if (named) return named.clerkId
    const [known] = id ? await ownersOf({ ...hasCustomer(id), ...among }) : []
    return known?.clerkId ?? null
  }

  async function byEmail(): Promise<string | null> {
    const [only, another] = email ? await ownersOf({ email, deletedAt: null }) : []
    return only && !another ? only.clerkId : null
  }

  return (await byId({ deletedAt: null })) ?? (await byEmail()) ?? (await byId({}))
}

function hasCustomer(id: string) {
  return {
    $or: [{ polarCustomerId: id }, { 'polarSubscriptions.customerId': id }, { 'polarStates.customerId': id }],
  }
}
