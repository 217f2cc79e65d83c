import type { ClientSession } from 'mongoose'
import { User } from '../../../models/user.ts'
import type { BillingEvent } from './change.ts'
import { fold, type Ledger } from './ledger.ts'
import { planOfProduct } from './product-plan.ts'
import { summarise } from './summary.ts'

/** Adds a billing event to a user's ledger and rewrites the fields derived from it, within a transaction. */
export async function applyChange(
  clerkId: string,
  { customer, change }: BillingEvent,
  session: ClientSession,
): Promise<void> {
  const user = await User.findOne(
    { clerkId },
    { polarSubscriptions: 1, polarState: 1, polarCustomerId: 1 },
    { session },
  ).lean()
  if (!user) throw new Error(`user ${clerkId} vanished within a transaction`)
  const ledger = { subscriptions: user.polarSubscriptions, state: user.polarState ?? null } as Ledger
  const folded = fold(ledger, change)
  const isNewest = change.at >= newest(ledger)
  const [preferred, other] = isNewest
    ? [customer.id, user.polarCustomerId]
    : [user.polarCustomerId, customer.id]
  const update = {
    ...summarise(folded, planOfProduct),
    polarSubscriptions: folded.subscriptions,
    polarState: folded.state,
    polarCustomerId: preferred ?? other ?? null,
  }
  await User.updateOne({ clerkId }, { $set: update }, { session })
}

function newest({ subscriptions, state }: Ledger): number {
  return Math.max(0, state?.at ?? 0, ...subscriptions.map(({ at }) => at))
}
