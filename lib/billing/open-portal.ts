import { User } from '../../models/user.ts'
import type { UserCaller } from '../auth/caller.ts'
import { AppError } from '../errors.ts'
import { createPortalSession } from '../polar/client.ts'
import { isCustomerOf } from './internal/find-customer-state.ts'

/**
 * A short-lived address of the caller's own customer portal.
 * @throws AppError `not_found` for somebody who never bought, `unavailable`
 */
export async function openPortal({ clerkId }: UserCaller): Promise<{ url: string }> {
  const url = await portalOf(clerkId)
  if (!url)
    throw new AppError('not_found', 'There is no customer at the billing service yet: buy a plan first.')
  return { url }
}

async function portalOf(clerkId: string): Promise<string | null> {
  const own = await createPortalSession({ externalId: clerkId })
  if (own) return own.url
  const user = await User.findOne({ clerkId }, { polarCustomerId: 1 }).lean()
  if (!user?.polarCustomerId) return null
  const known = await createPortalSession({ customerId: user.polarCustomerId })
  return known && (await isCustomerOf(clerkId, known.customer)) ? known.url : null
}
