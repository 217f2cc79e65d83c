import type { models } from '@polar-sh/sdk/2026-10'
import { stableUuid } from '../../scripts/local/polar/ids.ts'
import {
  type CustomerState,
  polarCustomerState,
  polarSubscription,
} from '../../scripts/local/polar/payloads.ts'
import { pick } from '../lib/billing/histories.ts'
import { services } from '../setup/services.ts'
import type { Person } from './people.ts'

export type SubscriptionData = models.Subscription
/** An event as Polar tells it. `timestamp` has microseconds, so that its text sorts as its time does. */
export type PolarEvent = {
  source: 'polar'
  id: string
  timestamp: string
} & (
  | { kind: 'subscription'; type: string; data: SubscriptionData }
  | { kind: 'state'; type: 'customer.state_changed'; data: CustomerState }
  | { kind: 'other'; type: string; data: object }
)

/** A subscription as it stands at Polar. */
type Subscription = {
  id: string
  productId: string
  status: models.SubscriptionStatus
  periodEnd: Date
  cancelAtPeriodEnd: boolean
  endedAt: Date | null
}

const DAY_MS = 86_400_000

/** What a type of event does to a subscription that lives. `next` gives chance. */
const EFFECTS: Record<string, (subscription: Subscription, next: () => number) => Partial<Subscription>> = {
  'subscription.active': () => ({ status: 'active', cancelAtPeriodEnd: false }),
  'subscription.updated': ({ status, periodEnd }, next) =>
    pick(next, [
      { productId: anyProduct(next) },
      { periodEnd: new Date(periodEnd.getTime() + 30 * DAY_MS) },
      { status: status === 'past_due' ? 'unpaid' : status },
    ]),
  'subscription.canceled': ({ status }, next) => ({
    cancelAtPeriodEnd: true,
    status: ['active', 'trialing'].includes(status) && next() < 0.5 ? 'canceled' : status,
  }),
  'subscription.uncanceled': () => ({ status: 'active', cancelAtPeriodEnd: false }),
  'subscription.past_due': () => ({ status: 'past_due' }),
  'subscription.revoked': () => ({ status: 'canceled', endedAt: new Date() }),
}

/** Types that say nothing about a subscription. */
const OTHERS = ['order.paid', 'customer.created', 'benefit_grant.created', 'of.tomorrow']

/** All that Polar tells about a person's subscriptions, in time order. */
export function billingHistory(next: () => number, person: Person, startMs: number): PolarEvent[] {
  const world: Subscription[] = []
  const length = Math.floor(next() * 11)
  // One event links the customer to the user, so that those that name only the customer can be told whose they are.
  const linking = Math.floor(next() * length)
  let micros = startMs * 1_000
  return Array.from({ length }, (_, index): PolarEvent => {
    micros += pick(next, [1, 40, 999, 1_000, 2_000_000]) + Math.floor(next() * 3)
    const customer = named(next, person, index === linking)
    const told = happen(next, world, person, customer, index === linking)
    return {
      source: 'polar',
      id: stableUuid(`${person.clerkId} ${index}`),
      timestamp: toIso(micros),
      ...told,
    }
  })
}

type Told = PolarEvent extends infer E
  ? E extends unknown
    ? Omit<E, 'source' | 'id' | 'timestamp'>
    : never
  : never
type CustomerName = { externalId: string | null; customerId: string; email: string }

/** How an event names its customer: so that the user is found, or by the customer's id alone. */
function named(next: () => number, person: Person, linking: boolean): CustomerName {
  const { clerkId, customerId, billingEmail } = person
  if (!linking && next() < 0.3) return { externalId: null, customerId, email: billingEmail }
  const asGuest = { externalId: null, customerId, email: `${clerkId}@Example.com` }
  const asUser = { externalId: clerkId, customerId, email: billingEmail }
  return person.paysAsGuest ? asGuest : asUser
}

/** Lets something happen and tells it. */
function happen(
  next: () => number,
  world: Subscription[],
  person: Person,
  customer: CustomerName,
  linking: boolean,
): Told {
  if (!linking && next() < 0.15)
    return { kind: 'other', type: pick(next, OTHERS), data: { id: 'of another kind' } }
  if (next() < 0.2)
    return { kind: 'state', type: 'customer.state_changed', data: stateOf(next, world, customer) }
  const known = next() < 0.3 && world.length < 2 ? undefined : world[Math.floor(next() * world.length)]
  if (known) return change(next, known, customer)
  const begun = begin(next, `${person.clerkId} subscription ${world.length}`)
  world.push(begun)
  return { kind: 'subscription', type: 'subscription.created', data: dataOf(begun, customer) }
}

function begin(next: () => number, name: string): Subscription {
  return {
    id: stableUuid(name),
    productId: anyProduct(next),
    status: pick(next, ['incomplete', 'trialing', 'active']),
    periodEnd: new Date(Date.UTC(2026, 5, 1) + Math.floor(next() * 100) * DAY_MS),
    cancelAtPeriodEnd: false,
    endedAt: null,
  }
}

function change(next: () => number, subscription: Subscription, customer: CustomerName): Told {
  const before = { ...subscription }
  const type = subscription.endedAt ? 'subscription.updated' : pick(next, Object.keys(EFFECTS))
  if (!subscription.endedAt) Object.assign(subscription, EFFECTS[type]?.(subscription, next))
  // The type alone may say that it is over, the rest being as before.
  const isToldByType = type === 'subscription.revoked' && before.status !== 'incomplete' && next() < 0.3
  const shown = isToldByType ? before : subscription
  return { kind: 'subscription', type, data: dataOf(shown, customer) }
}

/** The customer as a whole; what it leaves out has ended, perhaps without an event of its own. */
function stateOf(next: () => number, world: Subscription[], customer: CustomerName): CustomerState {
  const listed = world.filter(({ status }) => ['active', 'trialing'].includes(status) && next() < 0.8)
  for (const subscription of world) {
    const isLeftOut =
      !listed.includes(subscription) && ['active', 'trialing', 'canceled'].includes(subscription.status)
    if (isLeftOut)
      Object.assign(subscription, { status: 'canceled', endedAt: subscription.endedAt ?? new Date() })
  }
  return polarCustomerState({ ...customer, activeSubscriptions: listed.map(one => dataOf(one, customer)) })
}

function dataOf(subscription: Subscription, customer: CustomerName): SubscriptionData {
  const { periodEnd, endedAt, ...fields } = subscription
  const { products } = services.polar
  const data = polarSubscription({ ...customer, ...fields, currentPeriodEnd: periodEnd, products })
  return { ...data, ended_at: endedAt?.toISOString() ?? null }
}

function anyProduct(next: () => number): string {
  return pick(next, Object.values(services.polar.products))
}

function toIso(micros: number): string {
  const seconds = new Date(Math.floor(micros / 1_000)).toISOString().slice(0, 19)
  return `${seconds}.${String(micros % 1_000_000).padStart(6, '0')}Z`
}
