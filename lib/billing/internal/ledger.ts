import type { BillingChange, SubscriptionState } from './change.ts'

/** All that Polar told about a customer: the newest of each subscription, and the newest state of the whole. */
export type Ledger = {
  subscriptions: SubscriptionState[]
  state: CustomerState | null
}

type CustomerState = { at: number; active: SubscriptionState[] }

/** A subscription as it stands; `isBearing` tells whether it gives access to its plan. */
export type Standing = SubscriptionState & { isBearing: boolean }

/** A subscription as it is stored; one stored before ends were kept has no `endedAt`. */
export type StoredState = Pick<SubscriptionState, 'id' | 'status' | 'at' | 'cancelAtPeriodEnd'> & {
  productId?: string | null | undefined
  currentPeriodEnd?: Date | null | undefined
  endedAt?: number | null | undefined
}

/** Statuses that give access until the subscription is over; `past_due` is a grace. */
const BEARING = new Set(['active', 'trialing', 'past_due', 'canceled'])

/** Statuses that end when `customer.state_changed` leaves them out: it never lists the others. */
const ENDED_BY_ABSENCE = new Set(['active', 'trialing', 'canceled'])

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

/** The ledger of what is stored. A subscription stored as canceled before ends were kept is over. */
export function readLedger(subscriptions: readonly StoredState[], state: CustomerState | null): Ledger {
  return { subscriptions: subscriptions.map(readState), state }
}

function readState({
  productId = null,
  currentPeriodEnd = null,
  endedAt,
  ...row
}: StoredState): SubscriptionState {
  const impliedEnd = row.status === 'canceled' ? row.at : null
  return { ...row, productId, currentPeriodEnd, endedAt: endedAt === undefined ? impliedEnd : endedAt }
}

/**
 * The ledger with a change added. Each part keeps only its newest telling and each subscription its newest
 * end, so the result is the same for every order and number of deliveries.
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

/** Each subscription as it stands: over if it was told so, or if the newest customer state leaves it out. */
export function standing({ subscriptions, state }: Ledger): Standing[] {
  return subscriptions.map(subscription => {
    const couldBear = BEARING.has(subscription.status)
    const isBearing = couldBear && !hasEnded(subscription) && !isLeftOut(subscription, state)
    const status = couldBear && !isBearing ? 'canceled' : subscription.status
    return { ...subscription, status, isBearing }
  })
}

/** Only a newer telling that it runs revives a subscription that was told to be over. */
function hasEnded({ at, status, endedAt }: SubscriptionState): boolean {
  return endedAt !== null && (at <= endedAt || status === 'canceled')
}

function isLeftOut({ id, at, status }: SubscriptionState, state: CustomerState | null): boolean {
  if (!state || at > state.at || !ENDED_BY_ABSENCE.has(status)) return false
  return !state.active.some(listed => listed.id === id)
}

function withTelling(subscriptions: SubscriptionState[], told: SubscriptionState): SubscriptionState[] {
  const known = subscriptions.find(({ id }) => id === told.id)
  const newest = known && !supersedes(told, known) ? known : told
  const merged = { ...newest, endedAt: laterOf(told.endedAt, known?.endedAt ?? null) }
  return [...subscriptions.filter(({ id }) => id !== told.id), merged].sort(byId)
}

function laterOf(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other
  return Math.max(one, other)
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
  endedAt,
}: SubscriptionState): string {
  return JSON.stringify([id, status, cancelAtPeriodEnd, currentPeriodEnd, productId, endedAt])
}

function listOf({ active }: CustomerState): string {
  return JSON.stringify(active.map(detailsOf))
}

function byId(a: SubscriptionState, b: SubscriptionState): number {
  return a.id < b.id ? -1 : 1
}
