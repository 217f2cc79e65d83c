import type { ClientSession } from 'mongoose'
import { User, type UserDocument } from '../../../models/user.ts'
import { log } from '../../log.ts'
import type { BillingChange } from './change.ts'
import { checkAt } from './check-at.ts'
import { customerIdsOf, fold, LEDGER_FIELDS, readLedger } from './ledger.ts'
import { isSold, planOfProduct } from './product-plan.ts'
import { customerShown, summarise } from './summary.ts'

/** What is read of a user before something is added to their ledger. */
export const BILLED_FIELDS = { clerkId: 1, ...LEDGER_FIELDS, polarCheckAt: 1 } as const

export type BilledUser = Pick<UserDocument, keyof typeof BILLED_FIELDS>

/**
 * Adds what Polar told to the ledger of a user that this transaction read, and rewrites the fields derived from
 * it. Its only write is its last act: where that was not reached, nothing was changed. `isLinked` says that it told a
 * customer id of Polar's that was not known: events that name only this one can be settled now.
 */
export async function applyChange(
  user: BilledUser,
  change: BillingChange,
  session: ClientSession,
): Promise<{ isLinked: boolean }> {
  const { clerkId } = user
  const folded = fold(readLedger(user), change)
  warnOfUnsold(clerkId, change)
  const update = {
    ...summarise(folded, planOfProduct),
    polarSubscriptions: folded.subscriptions,
    polarStates: folded.states,
    polarCustomerId: customerShown(folded, planOfProduct) ?? user.polarCustomerId ?? null,
    polarCheckAt: sooner(user.polarCheckAt ?? null, checkAt(folded, new Date())),
  }
  await User.updateOne({ clerkId }, { $set: update }, { session })
  const known = new Set(customerIdsOf(user))
  return { isLinked: customerIdsOf(update).some(id => !known.has(id)) }
}

/** A check that stands already is kept: it may be about another event than this one. */
function sooner(standing: Date | null, due: Date | null): Date | null {
  if (standing === null || due === null) return standing ?? due
  return standing < due ? standing : due
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
