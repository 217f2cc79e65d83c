import type { BillingChange, SubscriptionState } from './change.ts'

/**
 * All that Polar told about a user: the newest of each subscription, and the newest state of each of the
 * customers that the user is at Polar.
 */
export type Ledger = {
  subscriptions: SubscriptionState[]
  states: CustomerState[]
}

type CustomerState = { customerId: string | null; at: number; active: SubscriptionState[] }

/** A subscription as it stands; `isBearing` tells whether it gives access to its plan. */
export type Standing = SubscriptionState & { isBearing: boolean }

/** A subscription as it is stored; one stored before ends were kept has no `endedAt`. */
export type StoredState = Pick<SubscriptionState, 'id' | 'status' | 'at' | 'cancelAtPeriodEnd'> & {
  customerId?: string | null | undefined
  productId?: string | null | undefined
  currentPeriodEnd?: Date | null | undefined
  endedAt?: number | null | undefined
}

/** What a query reads of a user to know their ledger and Polar's ids of them. */
export const LEDGER_FIELDS = { polarCustomerId: 1, polarSubscriptions: 1, polarStates: 1 } as const

/** A user's ledger as it is stored; a user of whom Polar never told may have none. */
export type StoredLedger = {
  polarSubscriptions?: readonly StoredState[] | undefined
  polarStates?: readonly StoredCustomerState[] | undefined
}

type StoredCustomerState = {
  customerId?: string | null | undefined
  at: number
  active: readonly StoredState[]
}

type StoredCustomers = StoredLedger & { polarCustomerId?: string | null | undefined }

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
export function readLedger({ polarSubscriptions = [], polarStates = [] }: StoredLedger): Ledger {
  const states = polarStates.map(({ customerId = null, at, active }) => {
    return { customerId, at, active: active.map(readState) }
  })
  return { subscriptions: polarSubscriptions.map(readState), states }
}

function readState({
  customerId = null,
  productId = null,
  currentPeriodEnd = null,
  endedAt,
  ...row
}: StoredState): SubscriptionState {
  const impliedEnd = row.status === 'canceled' ? row.at : null
  const ended = endedAt === undefined ? impliedEnd : endedAt
  return { ...row, customerId, productId, currentPeriodEnd, endedAt: ended }
}

/**
 * The ledger with a change added. Each part keeps only its newest telling and each subscription its newest
 * end, so the result is the same for every order and number of deliveries.
 */
export function fold(ledger: Ledger, change: BillingChange): Ledger {
  if (change.kind === 'subscription')
    return { ...ledger, subscriptions: withTelling(ledger.subscriptions, change.subscription) }
  const { customerId, at, active } = change
  return {
    subscriptions: active.reduce(withTelling, ledger.subscriptions),
    states: withState(ledger.states, { customerId, at, active: active.toSorted(byId) }),
  }
}

/** Each subscription as it stands: over if it was told so, or if its customer's newest state leaves it out. */
export function standing({ subscriptions, states }: Ledger): Standing[] {
  return subscriptions.map(subscription => {
    const couldBear = BEARING.has(subscription.status)
    const isBearing = couldBear && !hasEnded(subscription) && !isLeftOut(subscription, states)
    const status = couldBear && !isBearing ? 'canceled' : subscription.status
    return { ...subscription, status, isBearing }
  })
}

/** The subscriptions that give access now. */
export function bearing(ledger: Ledger): Standing[] {
  return standing(ledger).filter(({ isBearing }) => isBearing)
}

/** Polar's ids of all the customers that a user is, each once. */
export function customerIdsOf({ polarCustomerId, ...stored }: StoredCustomers): string[] {
  const { subscriptions, states } = readLedger(stored)
  const ids = [polarCustomerId, ...[...subscriptions, ...states].map(({ customerId }) => customerId)]
  return [...new Set(ids.flatMap(id => id ?? []))]
}

/** Only a newer telling that it runs revives a subscription that was told to be over. */
function hasEnded({ at, status, endedAt }: SubscriptionState): boolean {
  return endedAt !== null && (at <= endedAt || status === 'canceled')
}

/** The state of a customer says nothing about what another one has. */
function isLeftOut({ id, customerId, at, status }: SubscriptionState, states: CustomerState[]): boolean {
  const state = states.find(told => told.customerId === customerId)
  if (!state || at > state.at || !ENDED_BY_ABSENCE.has(status)) return false
  return !state.active.some(listed => listed.id === id)
}

function withTelling(subscriptions: SubscriptionState[], told: SubscriptionState): SubscriptionState[] {
  const known = subscriptions.find(({ id }) => id === told.id)
  const newest = known && !supersedes(told, known) ? known : told
  const merged = { ...newest, endedAt: laterOf(told.endedAt, known?.endedAt ?? null) }
  return [...subscriptions.filter(({ id }) => id !== told.id), merged].sort(byId)
}

function withState(states: CustomerState[], told: CustomerState): CustomerState[] {
  const known = states.find(({ customerId }) => customerId === told.customerId)
  const others = states.filter(state => state !== known)
  return [...others, newerState(told, known)].sort(byCustomer)
}

function laterOf(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other
  return Math.max(one, other)
}

function newerState(told: CustomerState, known: CustomerState | undefined): CustomerState {
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
  customerId,
  status,
  productId,
  currentPeriodEnd,
  cancelAtPeriodEnd,
  endedAt,
}: SubscriptionState): string {
  return JSON.stringify([id, status, cancelAtPeriodEnd, currentPeriodEnd, productId, endedAt, customerId])
}

function listOf({ active }: CustomerState): string {
  return JSON.stringify(active.map(detailsOf))
}

function byId(a: SubscriptionState, b: SubscriptionState): number {
  return a.id < b.id ? -1 : 1
}

function byCustomer(a: CustomerState, b: CustomerState): number {
  return (a.customerId ?? '') < (b.customerId ?? '') ? -1 : 1
}
