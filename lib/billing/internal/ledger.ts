import type { BillingChange, SubscriptionState } from './change.ts'

/** All that Polar told about a customer: the newest of each subscription, and the newest state of the whole. */
export type Ledger = {
  subscriptions: SubscriptionState[]
  state: { at: number; active: SubscriptionState[] } | null
}

/** Statuses that `customer.state_changed` lists; one it leaves out has ended, or is not of these. */
const LISTED = new Set(['active', 'trialing'])

/** Of two tellings with one timestamp the later stage of a subscription's life holds. */
const STAGES = [
  'incomplete',
  'trialing',
  'active',
  'past_due',
  'paused',
  'unpaid',
  'incomplete_expired',
  'canceled',
]

/**
 * The ledger with a change added. Each part keeps only its newest telling, so the result is the same for
 * every order and number of deliveries.
 */
export function fold(ledger: Ledger, change: BillingChange): Ledger {
  if (change.kind === 'customerState') {
    const isNewer = !ledger.state || change.at > ledger.state.at
    return isNewer ? { ...ledger, state: { at: change.at, active: change.active } } : ledger
  }
  const { subscription } = change
  const known = ledger.subscriptions.find(({ id }) => id === subscription.id)
  if (known && !supersedes(subscription, known)) return ledger
  const others = ledger.subscriptions.filter(({ id }) => id !== subscription.id)
  return { ...ledger, subscriptions: [...others, subscription].sort((a, b) => (a.id < b.id ? -1 : 1)) }
}

/** Each subscription as it stands, the newer of its own telling and the customer state's. */
export function standing({ subscriptions, state }: Ledger): SubscriptionState[] {
  if (!state) return subscriptions
  const listed = new Map(state.active.map(subscription => [subscription.id, subscription]))
  const own = subscriptions.map(subscription => {
    if (subscription.at > state.at) return subscription
    const active = listed.get(subscription.id)
    if (active) return active
    return LISTED.has(subscription.status)
      ? { ...subscription, status: 'canceled', at: state.at }
      : subscription
  })
  const known = new Set(subscriptions.map(({ id }) => id))
  return [...own, ...state.active.filter(({ id }) => !known.has(id))]
}

function supersedes(next: SubscriptionState, known: SubscriptionState): boolean {
  if (next.at !== known.at) return next.at > known.at
  return STAGES.indexOf(next.status) > STAGES.indexOf(known.status)
}
