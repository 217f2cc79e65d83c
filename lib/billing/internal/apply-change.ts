import type { ClientSession } from 'mongoose'
import { User } from '../../../models/user.ts'
import { log } from '../../log.ts'
import type { BillingChange, BillingEvent } from './change.ts'
import { checkAt } from './check-at.ts'
import { fold, type Ledger, readLedger } from './ledger.ts'
import { isSold, planOfProduct } from './product-plan.ts'
import { summarise } from './summary.ts'

const FIELDS = { polarSubscriptions: 1, polarState: 1, polarCustomerId: 1, polarCheckAt: 1 } as const

/**
 * Adds a billing event to a user's ledger and rewrites the fields derived from it, within a transaction. Its
 * only write is its last act: where that was not reached, nothing was changed. `isLinked` says that it told a
 * customer id of Polar's that was not known: events that name only this one can be settled now.
 */
export async function applyChange(
  clerkId: string,
  { customer, change }: BillingEvent,
  session: ClientSession,
): Promise<{ isLinked: boolean }> {
  const user = await User.findOne({ clerkId }, FIELDS, { session }).lean()
  if (!user) throw new Error(`user ${clerkId} vanished within a transaction`)
  const ledger = readLedger(user.polarSubscriptions, (user.polarState ?? null) as Ledger['state'])
  const folded = fold(ledger, change)
  warnOfUnsold(clerkId, change)
  const isNewest = change.at >= newest(ledger)
  const [preferred, other] = isNewest
    ? [customer.id, user.polarCustomerId]
    : [user.polarCustomerId, customer.id]
  const update = {
    ...summarise(folded, planOfProduct),
    polarSubscriptions: folded.subscriptions,
    polarState: folded.state,
    polarCustomerId: preferred ?? other ?? null,
    polarCheckAt: sooner(user.polarCheckAt ?? null, checkAt(folded, new Date())),
  }
  await User.updateOne({ clerkId }, { $set: update }, { session })
  return { isLinked: update.polarCustomerId !== (user.polarCustomerId ?? null) }
}

/** A check that stands already is kept: it may be about another event than this one. */
function sooner(standing: Date | null, due: Date | null): Date | null {
  if (standing === null || due === null) return standing ?? due
  return standing < due ? standing : due
}

function newest({ subscriptions, state }: Ledger): number {
  return Math.max(0, state?.at ?? 0, ...subscriptions.map(({ at }) => at))
}

/** A customer pays for something that gives them nothing: somebody has to set POLAR_PRODUCT_*. */
function warnOfUnsold(clerkId: string, change: BillingChange): void {
  const told = change.kind === 'subscription' ? [change.subscription] : change.active
  const unsold = told.flatMap(({ productId }) =>
    productId !== null && !isSold(productId) ? [productId] : [],
  )
  if (unsold.length === 0) return
  const productIds = [...new Set(unsold)]
  log().warn({ clerkId, productIds }, 'no POLAR_PRODUCT_* names this product; it gives starter')
}
