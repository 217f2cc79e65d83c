import type { BillingChange, SubscriptionState } from './change.ts'

/** All that Polar told about a customer: the newest of each subscription, and the newest state of the whole. */
export type Ledger = {
  subscriptions: SubscriptionState[]
  state: CustomerState | null
}

type CustomerState = { at: number; active: SubscriptionState[] }

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
  if (change.kind === 'subscription')
    return { ...ledger, subscriptions: withTelling(ledger.subscriptions, change.subscription) }
  const { at, active } = change
  return {
    subscriptions: active.reduce(withTelling, ledger.subscriptions),
    state: newerState({ at, active: active.toSorted(byId) }, ledger.state),
  }
}

/** Each subscription as it stands: one that the newest customer state leaves out has ended. */
export function standing({ subscriptions, state }: Ledger): SubscriptionState[] {
  if (!state) return subscriptions
  const listed = new Set(state.active.map(({ id }) => id))
  return subscriptions.map(subscription => {
    const isLeftOut = subscription.at <= state.at && !listed.has(subscription.id)
    return isLeftOut && LISTED.has(subscription.status)
      ? { ...subscription, status: 'canceled' }
      : subscription
  })
}

function withTelling(subscriptions: SubscriptionState[], told: SubscriptionState): SubscriptionState[] {
  const known = subscriptions.find(({ id }) => id === told.id)
  if (known && !supersedes(told, known)) return subscriptions
  return [...subscriptions.filter(({ id }) => id !== told.id), told].sort(byId)
}

function newerState(told: CustomerState, known: CustomerState | null): CustomerState {
  if (!known || told.at > known.at) return told
  return told.at === known.at && listOf(told) > listOf(known) ? told : known
}

/** A total order, so that no two tellings leave the outcome to chance. */
function supersedes(told: SubscriptionState, known: SubscriptionState): boolean {
  if (told.at !== known.at) return told.at > known.at
  const stages = STAGES.indexOf(told.status) - STAGES.indexOf(known.status)
  return stages === 0 ? detailsOf(told) > detailsOf(known) : stages > 0
}

function detailsOf({
  id,
  status,
  productId,
  currentPeriodEnd,
  cancelAtPeriodEnd,
}: SubscriptionState): string {
  return JSON.stringify([id, status, cancelAtPeriodEnd, currentPeriodEnd, productId])
}

function listOf({ active }: CustomerState): string {
  return JSON.stringify(active.map(detailsOf))
}

function byId(a: SubscriptionState, b: SubscriptionState): number {
  return a.id < b.id ? -1 : 1
}
