import type { models } from '@polar-sh/sdk/2026-10'
import type { Outbox } from './outbox.ts'
import { polarSubscription } from './payloads.ts'
import { type Customer, customerFor, type Store, stateOf } from './store.ts'

type World = { store: Store; outbox: Outbox }

/** Pays an open checkout: an active subscription begins, and the events go out as Polar orders them. */
export function pay({ store, outbox }: World, checkout: models.Checkout): models.Checkout {
  if (checkout.status !== 'open') return checkout
  const customer = payingCustomer(store, checkout)
  const subscription = polarSubscription({
    externalId: customer.external_id ?? null,
    customer,
    productId: checkout.product_id ?? store.products.professional,
    products: store.products,
    checkoutId: checkout.id,
  })
  store.subscriptions.set(subscription.id, subscription)
  const paid: models.Checkout = {
    ...checkout,
    status: 'succeeded',
    customer_id: customer.id,
    customer_email: customer.email,
    modified_at: new Date().toISOString(),
  }
  store.checkouts.set(paid.id, paid)

  outbox.send({ type: 'checkout.updated', data: paid })
  if (!store.announced.has(customer.id)) outbox.send({ type: 'customer.created', data: customer })
  store.announced.add(customer.id)
  outbox.send(
    { type: 'subscription.created', data: subscription },
    { type: 'subscription.active', data: subscription },
    { type: 'customer.state_changed', data: stateOf(store, customer) },
  )
  return paid
}

function payingCustomer(store: Store, checkout: models.Checkout): Customer {
  const known = checkout.customer_id ? store.customers.get(checkout.customer_id) : undefined
  const email = checkout.customer_email ?? undefined
  return known ?? customerFor(store, { externalId: checkout.external_customer_id, email })
}

/** Cancels at the end of the period: the subscription stays active until then. */
export function cancelAtPeriodEnd(world: World, subscription: models.Subscription): void {
  const now = new Date().toISOString()
  const changes = { cancel_at_period_end: true, canceled_at: now, ends_at: subscription.current_period_end }
  change(world, subscription, changes, ['subscription.updated', 'subscription.canceled'])
}

/** Ends a subscription at once. */
export function endNow(world: World, subscription: models.Subscription): void {
  const now = new Date().toISOString()
  const changes = { canceled_at: subscription.canceled_at ?? now, ends_at: now, ended_at: now }
  change(world, subscription, { ...changes, status: 'canceled' }, [
    'subscription.updated',
    'subscription.revoked',
  ])
}

function change(
  { store, outbox }: World,
  subscription: models.Subscription,
  changes: Partial<models.Subscription>,
  types: string[],
): void {
  const changed = { ...subscription, ...changes, modified_at: new Date().toISOString() }
  store.subscriptions.set(changed.id, changed)
  outbox.send(...types.map(type => ({ type, data: changed })))
  const customer = store.customers.get(changed.customer_id)
  if (customer) outbox.send({ type: 'customer.state_changed', data: stateOf(store, customer) })
}
