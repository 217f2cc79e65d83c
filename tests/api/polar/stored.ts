import { PolarEvent } from '../../../models/polar-event.ts'
import { User } from '../../../models/user.ts'

/** A stored billing event, or null. */
export function storedEvent(eventId: string) {
  return PolarEvent.findOne({ eventId }).lean()
}

/** The billing fields of a stored user. */
export async function billingOf(clerkId: string) {
  const user = await User.findOne({ clerkId }).lean()
  if (!user) throw new Error(`no user ${clerkId}`)
  const {
    plan,
    subscriptionStatus,
    polarCustomerId,
    polarSubscriptionId,
    currentPeriodEnd,
    cancelAtPeriodEnd,
  } = user
  return {
    plan,
    subscriptionStatus,
    polarCustomerId,
    polarSubscriptionId,
    currentPeriodEnd,
    cancelAtPeriodEnd,
  }
}
