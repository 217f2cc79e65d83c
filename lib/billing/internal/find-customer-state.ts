import type { UserDocument } from '../../../models/user.ts'
import { getCustomerState, getSubscription, type PolarCustomerState } from '../../polar/client.ts'
import { type BillingEvent, readBillingEvent } from './change.ts'
import { findCustomer } from './find-customer.ts'
import { type Ledger, readLedger, standing } from './ledger.ts'

/** What is known of a customer, as it is stored. */
export type KnownCustomer = Pick<
  UserDocument,
  'clerkId' | 'polarCustomerId' | 'polarSubscriptions' | 'polarState'
>

/**
 * How a customer stands at Polar now, told like events of the moment the question was sent. One that Polar
 * does not know any more has no subscription; nothing is told of one it never knew.
 * @throws AppError `unavailable`
 */
export async function findTellings(customer: KnownCustomer): Promise<BillingEvent[]> {
  // Before the answer can be made: what an event tells of a later moment stays the newer.
  const timestamp = new Date().toISOString()
  const states = await statesOf(customer)
  const { polarCustomerId: id } = customer
  const first = states.find(hasSubscription) ?? states[0] ?? (id && { id })
  if (!first) return []
  const active_subscriptions = states.flatMap(state => state.active_subscriptions)
  const leftOut = bearingOf(customer).filter(known => !active_subscriptions.some(({ id }) => id === known))
  const details = (await Promise.all(leftOut.map(getSubscription))).filter(found => found !== null)
  return [
    readBillingEvent('customer.state_changed', { timestamp, data: { ...first, active_subscriptions } }),
    ...details.map(data => readBillingEvent('subscription.updated', { timestamp, data })),
  ].filter(event => event !== null)
}

/** Whether what Polar says of a customer is about this user: the same rule that events go by. */
export async function isCustomerOf(
  clerkId: string,
  { id, external_id }: { id: string; external_id?: string | null | undefined },
): Promise<boolean> {
  return (await findCustomer({ id, externalId: external_id ?? null, email: null })) === clerkId
}

/** Two, when somebody bought as another customer of Polar before: what either has counts. */
async function statesOf({ clerkId, polarCustomerId }: KnownCustomer): Promise<PolarCustomerState[]> {
  const own = await getCustomerState({ externalId: clerkId })
  if (!polarCustomerId || polarCustomerId === own?.id) return own ? [own] : []
  const known = await getCustomerState({ customerId: polarCustomerId })
  const isTheirs = known && (await isCustomerOf(clerkId, known))
  return [own, isTheirs ? known : null].filter(state => state !== null)
}

function hasSubscription({ active_subscriptions }: PolarCustomerState): boolean {
  return active_subscriptions.length > 0
}

/** Subscriptions that give access as far as is known. A customer's state may leave out one that is past due. */
function bearingOf({ polarSubscriptions, polarState }: KnownCustomer): string[] {
  const ledger = readLedger(polarSubscriptions, (polarState ?? null) as Ledger['state'])
  return standing(ledger).flatMap(({ id, isBearing }) => (isBearing ? [id] : []))
}
