import { PLAN_NAMES, type Plan } from '../../limits/plans.ts'
import type { SubscriptionStatus } from '../../users/account.ts'
import { type Ledger, type Standing, standing } from './ledger.ts'

/** The billing fields of a user, derived from the ledger. */
export type Summary = {
  plan: Plan
  subscriptionStatus: SubscriptionStatus
  polarSubscriptionId: string | null
  currentPeriodEnd: Date | null
  cancelAtPeriodEnd: boolean
}

const MIRRORED: Record<string, SubscriptionStatus> = {
  active: 'active',
  trialing: 'trialing',
  past_due: 'past_due',
  canceled: 'canceled',
  unpaid: 'canceled',
  incomplete_expired: 'canceled',
}

/**
 * What a ledger grants: the highest plan among subscriptions that give access; without one, starter, and the
 * ids and status of the subscription that was heard of last.
 */
export function summarise(ledger: Ledger, planOf: (productId: string | null) => Plan): Summary {
  const [current] = byWorth(ledger, planOf)
  return {
    plan: current?.isBearing ? planOf(current.productId) : 'starter',
    subscriptionStatus: (current && MIRRORED[current.status]) ?? null,
    polarSubscriptionId: current?.id ?? null,
    currentPeriodEnd: current?.currentPeriodEnd ?? null,
    cancelAtPeriodEnd: current?.cancelAtPeriodEnd ?? false,
  }
}

/** The customer of the subscription shown; without one, the customer that was heard of last. */
export function customerShown(ledger: Ledger, planOf: (productId: string | null) => Plan): string | null {
  const states = ledger.states.toSorted((a, b) => b.at - a.at)
  const named = [...byWorth(ledger, planOf), ...states].find(({ customerId }) => customerId !== null)
  return named?.customerId ?? null
}

function byWorth(ledger: Ledger, planOf: (productId: string | null) => Plan): Standing[] {
  const rank = ({ isBearing, productId }: Standing) =>
    isBearing ? 1 + PLAN_NAMES.indexOf(planOf(productId)) : 0
  return standing(ledger).sort((a, b) => rank(b) - rank(a) || b.at - a.at || (a.id < b.id ? -1 : 1))
}
