import { z } from 'zod'

/** One subscription as Polar described it at `at` (µs since the epoch). `status` is Polar's own word. */
export type SubscriptionState = {
  id: string
  /** Polar's id of the customer who has it. */
  customerId: string | null
  productId: string | null
  status: string
  currentPeriodEnd: Date | null
  cancelAtPeriodEnd: boolean
  at: number
  /** Timestamp (µs) of the newest telling that said it is over; null: none did. */
  endedAt: number | null
}

export type CustomerRef = { externalId: string | null; id: string | null; email: string | null }

/** What an event says about the subscriptions of one customer of Polar's. */
export type BillingChange =
  | { kind: 'subscription'; at: number; subscription: SubscriptionState }
  | { kind: 'customerState'; at: number; customerId: string | null; active: SubscriptionState[] }

export type BillingEvent = { customer: CustomerRef; change: BillingChange }

const moment = z.iso.datetime({ offset: true })

const subscription = z.object({
  id: z.string().min(1),
  product_id: z.string().nullish(),
  status: z.string(),
  current_period_end: moment.nullish(),
  cancel_at_period_end: z.boolean().default(false),
  /** Set once the subscription really is over, not when its end is only planned. */
  ended_at: moment.nullish(),
})

const customer = z.object({
  id: z.string().nullish(),
  external_id: z.string().nullish(),
  email: z.string().nullish(),
})

const subscriptionEvent = z.object({
  timestamp: moment,
  data: subscription.extend({ customer_id: z.string().nullish(), customer: customer.nullish() }),
})

const customerStateEvent = z.object({
  timestamp: moment,
  data: customer.extend({ active_subscriptions: z.array(subscription) }),
})

/** The events that carry a whole subscription. */
const SUBSCRIPTION_EVENT =
  /^subscription\.(active|canceled|created|cycled|migrated|past_due|paused|resumed|revoked|uncanceled|updated)$/

/** Statuses that a subscription which is over can have; with any other the end holds. */
const WITHOUT_ACCESS = new Set(['canceled', 'unpaid', 'incomplete', 'incomplete_expired'])

/** What an event means for billing; null when its type means nothing. @throws ZodError for a malformed payload. */
export function readBillingEvent(type: string, payload: unknown): BillingEvent | null {
  if (SUBSCRIPTION_EVENT.test(type)) {
    const { timestamp, data } = subscriptionEvent.parse(payload)
    const at = microseconds(timestamp)
    const ref = customerRef(data.customer ?? {}, data.customer_id)
    const subscription = toState(data, ref.id, at, type === 'subscription.revoked')
    return { customer: ref, change: { kind: 'subscription', at, subscription } }
  }
  if (type === 'customer.state_changed') {
    const { timestamp, data } = customerStateEvent.parse(payload)
    const at = microseconds(timestamp)
    const ref = customerRef(data)
    const active = data.active_subscriptions.map(item => toState(item, ref.id, at))
    return { customer: ref, change: { kind: 'customerState', at, customerId: ref.id, active } }
  }
  return null
}

/** How Polar names a customer in an answer. @throws ZodError for what is none */
export function readCustomer(answer: unknown): CustomerRef {
  return customerRef(customer.parse(answer))
}

/** ISO 8601 to microseconds since the epoch; `Date` alone would cut the last three digits. */
export function microseconds(iso: string): number {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? ''
  const wholeSeconds = Date.parse(iso.replace(/\.\d+/, ''))
  return wholeSeconds * 1000 + Number(fraction.slice(0, 6).padEnd(6, '0'))
}

function toState(
  data: z.output<typeof subscription>,
  customerId: string | null,
  at: number,
  isRevoked = false,
): SubscriptionState {
  const isOver = isRevoked || Boolean(data.ended_at)
  return {
    id: data.id,
    customerId,
    productId: data.product_id ?? null,
    status: isOver && !WITHOUT_ACCESS.has(data.status) ? 'canceled' : data.status,
    currentPeriodEnd: data.current_period_end ? new Date(data.current_period_end) : null,
    cancelAtPeriodEnd: data.cancel_at_period_end,
    at,
    endedAt: isOver ? at : null,
  }
}

function customerRef(data: z.output<typeof customer>, id: string | null | undefined = data.id): CustomerRef {
  return {
    externalId: data.external_id ?? null,
    id: id ?? data.id ?? null,
    email: data.email?.trim().toLowerCase() ?? null,
  }
}
