import type { models } from '@polar-sh/sdk/2026-10'
import { defaultProducts, type ProductIds } from './ids.ts'
import { type CustomerInput, type CustomerState, polarCustomer, polarCustomerState } from './payloads.ts'

export type Customer = models.CustomerIndividual

export type Store = {
  products: ProductIds
  customers: Map<string, Customer>
  announced: Set<string>
  checkouts: Map<string, models.Checkout>
  subscriptions: Map<string, models.Subscription>
  sessions: Map<string, models.CustomerSession>
}

/** Everything the stand-in knows, nothing at first. */
export function createStore(products: ProductIds = defaultProducts): Store {
  return {
    products,
    customers: new Map(),
    announced: new Set(),
    checkouts: new Map(),
    subscriptions: new Map(),
    sessions: new Map(),
  }
}

/** The customer with this external id, made on first use. */
export function customerFor(store: Store, input: CustomerInput): Customer {
  const known = input.externalId === null ? undefined : findByExternalId(store, input.externalId)
  if (known) return known
  const customer = polarCustomer(input)
  store.customers.set(customer.id, customer)
  return customer
}

/** The customer with this external id, if there is one. */
export function findByExternalId(store: Store, externalId: string): Customer | undefined {
  return [...store.customers.values()].find(customer => customer.external_id === externalId)
}

/** The customer with all active subscriptions. */
export function stateOf(store: Store, customer: Customer): CustomerState {
  return polarCustomerState({
    externalId: customer.external_id ?? null,
    customer,
    activeSubscriptions: activeSubscriptions(store, customer.id),
  })
}

/** The customer's subscriptions which have not ended. */
export function activeSubscriptions(store: Store, customerId: string): models.Subscription[] {
  return [...store.subscriptions.values()].filter(
    subscription => subscription.customer_id === customerId && subscription.status === 'active',
  )
}

/** The checkout behind a pay page's address. */
export function findByClientSecret(store: Store, clientSecret: string): models.Checkout | undefined {
  return [...store.checkouts.values()].find(checkout => checkout.client_secret === clientSecret)
}
