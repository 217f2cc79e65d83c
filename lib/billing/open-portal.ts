import { User } from '../../models/user.ts'
import type { UserCaller } from '../auth/caller.ts'
import { AppError } from '../errors.ts'
import { createPortalSession } from '../polar/client.ts'
import { isCustomerOf } from './internal/find-customer-state.ts'

/**
 * A short-lived address of the caller's own customer portal, where the subscription shown to them is.
 * @throws AppError `not_found` for somebody who never bought, `unavailable`
 */
export async function openPortal({ clerkId }: UserCaller): Promise<{ url: string }> {
  const url = await portalOf(clerkId)
  if (!url)
    throw new AppError('not_found', 'There is no customer at the billing service yet: buy a plan first.')
  return { url }
}

async function portalOf(clerkId: string): Promise<string | null> {
  const user = await User.findOne({ clerkId }, { polarCustomerId: 1 }).lean()
  const customerId = user?.polarCustomerId
  const shown = customerId ? await createPortalSession({ customerId }) : null
  if (shown && (await isCustomerOf(clerkId, shown.customer))) return shown.url
  const own = await createPortalSession({ externalId: clerkId })
  return own?.url ?? null
}
