import type { ClientSession } from 'mongoose'
import { User } from '../../../models/user.ts'
import { ACROSS_TENANTS } from '../../db/tenant-guard.ts'
import type { CustomerRef } from './change.ts'

/**
 * The Clerk id of the user behind a Polar customer: by external id, then by Polar's id, then by email if
 * exactly one live user has it. Null when none is known yet.
 */
export async function findCustomer(customer: CustomerRef, session?: ClientSession): Promise<string | null> {
  const options = { ...ACROSS_TENANTS, ...(session && { session }) }
  const ownerOf = (filter: object) => User.find(filter, { clerkId: 1 }, options).limit(2).lean()
  if (customer.externalId) {
    const [user] = await ownerOf({ clerkId: customer.externalId })
    if (user) return user.clerkId
  }
  if (customer.id) {
    const [user] = await ownerOf({ polarCustomerId: customer.id })
    if (user) return user.clerkId
  }
  if (!customer.email) return null
  const [only, another] = await ownerOf({ email: customer.email, deletedAt: null })
  return only && !another ? only.clerkId : null
}
