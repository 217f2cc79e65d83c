import type { UserCaller } from '../auth/caller.ts'
import { NotFound } from '../errors.ts'
import * as polar from '../polar/client.ts'

export type CheckoutView = { id: string; status: string; amountTotal: number; currency: string }

/** The caller's own checkout as Polar has it. @throws NotFound, AppError `unavailable` */
export async function getCheckout({ clerkId }: UserCaller, checkoutId: string): Promise<CheckoutView> {
  const checkout = await polar.getCheckout(checkoutId)
  if (checkout?.externalCustomerId !== clerkId) throw new NotFound('checkout', checkoutId)
  const { id, status, amountTotal, currency } = checkout
  return { id, status, amountTotal, currency }
}
