import type { UserDocument } from '../../../models/user.ts'
import { getCustomerState, getSubscription, type PolarCustomerState } from '../../polar/client.ts'
import { type BillingChange, microseconds, readBillingEvent, readCustomer } from './change.ts'
import { findCustomer } from './find-customer.ts'
import { bearing, customerIdsOf, readLedger, type Standing } from './ledger.ts'

/** What is known of a customer, as it is stored. */
export type KnownCustomer = Pick<
  UserDocument,
  'clerkId' | 'polarCustomerId' | 'polarSubscriptions' | 'polarStates'
>

type Question = {
  /** A customer that may be this user as well. */
  customerId?: string | undefined
  /** The moment of `performance.now()` by which all is asked. */
  until: number
}

/**
 * A customer's state counts as this old: Polar may give one from a cache, and its clock may be behind ours. What
 * an event told in the meantime must stay the newer.
 */
const ANSWER_AGE_MS = 60_000

/**
 * How a user stands at Polar now, told like events: the state of each customer that they are, and each
 * subscription that gives access and is in none of these, or was told of so lately that these may be older; one
 * that Polar does not know any more is over.
 * @throws AppError `unavailable`
 */
export async function findTellings(user: KnownCustomer, question: Question): Promise<BillingChange[]> {
  const { clerkId } = user
  const now = new Date()
  const stamp = new Date(now.getTime() - ANSWER_AGE_MS).toISOString()
  const states = await statesOf(user, question)
  const listed = new Set(states.flatMap(state => state.active_subscriptions.map(({ id }) => id)))
  // One that is past due is not in its customer's state; and a state may be older than the subscription.
  const unsettled = bearing(readLedger(user)).filter(
    ({ id, at }) => !listed.has(id) || at > microseconds(stamp),
  )
  const details = unsettled.map(known => detailOf(clerkId, known, now.toISOString(), question.until))
  const events = states.map(data => readBillingEvent('customer.state_changed', { timestamp: stamp, data }))
  return [...events.flatMap(event => event?.change ?? []), ...(await Promise.all(details))]
}

/** Whether what Polar says of a customer is about this user: the same rule that events go by. */
export async function isCustomerOf(clerkId: string, customer: object): Promise<boolean> {
  return (await findCustomer(readCustomer(customer)))?.clerkId === clerkId
}

/** Several, when somebody bought as another customer of Polar before: what any has counts. */
async function statesOf(user: KnownCustomer, { customerId, until }: Question): Promise<PolarCustomerState[]> {
  const { clerkId } = user
  const own = await getCustomerState({ externalId: clerkId }, { until })
  const others = new Set([...customerIdsOf(user), ...(customerId ? [customerId] : [])])
  if (own) others.delete(own.id)

  async function stateOf(id: string): Promise<PolarCustomerState | null> {
    const state = await getCustomerState({ customerId: id }, { until })
    return state && (await isCustomerOf(clerkId, state)) ? state : null
  }

  const found = await Promise.all([...others].map(stateOf))
  return [own, ...found].filter(state => state !== null)
}

/** A subscription as it is now; over when Polar has it no more, or as somebody else's. */
async function detailOf(
  clerkId: string,
  { isBearing: _, ...known }: Standing,
  timestamp: string,
  until: number,
): Promise<BillingChange> {
  const data = await getSubscription(known.id, { until })
  const event = data && readBillingEvent('subscription.updated', { timestamp, data })
  if (event && (await findCustomer(event.customer))?.clerkId === clerkId) return event.change
  const at = microseconds(timestamp)
  return { kind: 'subscription', at, subscription: { ...known, status: 'canceled', at, endedAt: at } }
}
