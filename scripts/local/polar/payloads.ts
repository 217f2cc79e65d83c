import { randomUUID } from 'node:crypto'
import type { models } from '@polar-sh/sdk/2026-10'
import { customerIdOf, organizationId, type ProductIds } from './ids.ts'
import { currency, polarProduct, productAmount } from './products.ts'
import { polarTimestamp } from './webhooks.ts'

export { polarCheckout } from './checkout.ts'

const periodMs = 30 * 24 * 3600 * 1000

export type CustomerInput = { externalId: string | null; customerId?: string; email?: string }

/** The `data` of customer.created and customer.updated. */
export function polarCustomer({ externalId, customerId, email }: CustomerInput): models.CustomerIndividual {
  return {
    id: customerId ?? (externalId === null ? randomUUID() : customerIdOf(externalId)),
    created_at: polarTimestamp(),
    modified_at: null,
    metadata: {},
    external_id: externalId,
    email: email ?? `${externalId ?? 'customer'}@example.com`,
    email_verified: false,
    type: 'individual',
    name: null,
    billing_name: null,
    billing_address: null,
    tax_id: null,
    locale: null,
    organization_id: organizationId,
    default_payment_method_id: null,
    deleted_at: null,
    first_user_event_at: null,
    avatar_url: null,
  }
}

export type SubscriptionInput = CustomerInput & {
  id?: string
  status?: models.SubscriptionStatus
  productId: string
  products?: ProductIds
  customer?: models.CustomerIndividual
  checkoutId?: string | null
  cancelAtPeriodEnd?: boolean
  currentPeriodStart?: Date
  currentPeriodEnd?: Date
  endedAt?: Date
}

/** The `data` of a subscription.* event. */
export function polarSubscription(input: SubscriptionInput): models.Subscription {
  const { productId, status = 'active', cancelAtPeriodEnd = false } = input
  const start = input.currentPeriodStart ?? new Date()
  const end = input.currentPeriodEnd ?? new Date(start.getTime() + periodMs)
  const product = polarProduct(productId, input.products)
  const customer = input.customer ?? polarCustomer(input)
  const endedAt = input.endedAt ?? (status === 'canceled' || status === 'unpaid' ? new Date() : null)
  return {
    id: input.id ?? randomUUID(),
    created_at: start.toISOString(),
    modified_at: null,
    amount: productAmount(productId, input.products),
    currency,
    status,
    current_period_start: start.toISOString(),
    current_period_end: end.toISOString(),
    cancel_at_period_end: cancelAtPeriodEnd,
    canceled_at: cancelAtPeriodEnd || endedAt ? new Date().toISOString() : null,
    started_at: start.toISOString(),
    ends_at: endedAt?.toISOString() ?? (cancelAtPeriodEnd ? end.toISOString() : null),
    ended_at: endedAt?.toISOString() ?? null,
    past_due_at: status === 'past_due' ? new Date().toISOString() : null,
    customer_id: customer.id,
    product_id: productId,
    checkout_id: input.checkoutId ?? null,
    customer,
    product,
    prices: product.prices,
    ...unusedFields,
  }
}

const unusedFields = {
  recurring_interval: 'month',
  recurring_interval_count: 1,
  current_meter_period_start: null,
  current_meter_period_end: null,
  trial_start: null,
  trial_end: null,
  pause_at_period_end: false,
  paused_at: null,
  resumes_at: null,
  discount_id: null,
  discount: null,
  seats: null,
  units: null,
  customer_cancellation_reason: null,
  customer_cancellation_comment: null,
  metadata: {},
  custom_field_data: {},
  meters: [],
  pending_update: null,
} satisfies Partial<models.Subscription>

// The SDK types this status as a benefit grant's; on the wire it is the subscription's.
export type StateSubscription = Omit<models.CustomerStateSubscription, 'status'> & {
  status: models.SubscriptionStatus
}
export type CustomerState = Omit<models.CustomerStateIndividual, 'active_subscriptions'> & {
  active_subscriptions: StateSubscription[]
}

/** The `data` of customer.state_changed, which is also what the API answers for a customer's state. */
export function polarCustomerState(
  input: CustomerInput & { customer?: models.CustomerIndividual; activeSubscriptions: models.Subscription[] },
): CustomerState {
  return {
    ...(input.customer ?? polarCustomer(input)),
    active_subscriptions: input.activeSubscriptions.map(stateSubscription),
    granted_benefits: [],
    active_meters: [],
  }
}

function stateSubscription(subscription: models.Subscription): StateSubscription {
  return {
    id: subscription.id,
    created_at: subscription.created_at,
    modified_at: subscription.modified_at,
    custom_field_data: subscription.custom_field_data,
    metadata: subscription.metadata,
    status: subscription.status,
    amount: subscription.amount,
    currency: subscription.currency,
    recurring_interval: subscription.recurring_interval,
    current_period_start: subscription.current_period_start,
    current_period_end: subscription.current_period_end,
    trial_start: subscription.trial_start,
    trial_end: subscription.trial_end,
    cancel_at_period_end: subscription.cancel_at_period_end,
    canceled_at: subscription.canceled_at,
    started_at: subscription.started_at,
    ends_at: subscription.ends_at,
    product_id: subscription.product_id,
    discount_id: subscription.discount_id,
    seats: subscription.seats ?? null,
    units: subscription.units,
    meters: [],
  }
}
