import type { UserCaller } from '../auth/caller.ts'
import * as polar from '../polar/client.ts'
import { productOf } from './internal/product-plan.ts'
import { checkBy } from './internal/schedule-check.ts'

export type CheckoutWish = { plan: 'professional' | 'enterprise'; successUrl?: string | undefined }

/** When Polar is asked about a payment that nothing was heard of: its checkouts expire after an hour. */
const CHECK_AFTER_MS = 75 * 60_000

/**
 * Begins to pay for a plan. Should the event of the payment be lost, the daily work asks Polar.
 * @throws NotConfigured without a product for the plan, InvalidInput for an address that Polar refuses,
 * AppError `unavailable`
 */
export async function createCheckout(
  { clerkId, account }: UserCaller,
  { plan, successUrl }: CheckoutWish,
): Promise<{ id: string; url: string }> {
  const productId = productOf(plan)
  const checkout = await polar.createCheckout({
    productId,
    externalId: clerkId,
    email: account.email,
    successUrl,
  })
  await checkBy(clerkId, new Date(Date.now() + CHECK_AFTER_MS))
  return checkout
}
