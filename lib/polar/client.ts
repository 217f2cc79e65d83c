import type { Polar } from '@polar-sh/sdk/2026-10'
import { z } from 'zod'
import { InvalidInput } from '../errors.ts'
import { ask, orNull, PATIENCE_MS, type Patience } from './ask.ts'
import { refusedFields } from './refusals.ts'

/** Polar's own maximum. */
const PAGE_SIZE = 100

const createdCheckout = z.object({ id: z.string(), url: z.string() })

const checkout = z
  .object({
    id: z.string(),
    status: z.string(),
    total_amount: z.number().int(),
    currency: z.string(),
    external_customer_id: z.string().nullish(),
  })
  .transform(({ total_amount, external_customer_id, ...rest }) => ({
    ...rest,
    amountTotal: total_amount,
    externalCustomerId: external_customer_id ?? null,
  }))

const customer = z.looseObject({ id: z.string(), external_id: z.string().nullish() })

const listedCustomer = z
  .object({ id: z.string(), external_id: z.string().nullish(), email: z.string().nullish() })
  .transform(({ id, external_id, email }) => ({ id, externalId: external_id ?? null, email: email ?? null }))

const session = z.object({ customer_portal_url: z.string(), customer })

const subscription = z.looseObject({ id: z.string() })

const customerState = customer.extend({ active_subscriptions: z.array(subscription) })

const subscriptionPage = z.object({
  items: z.array(z.object({ customer: listedCustomer })),
  pagination: z.object({ max_page: z.number().int() }),
})

export type PolarCheckout = z.output<typeof checkout>
/** A customer's state as Polar wrote it: what `customer.state_changed` carries as its data. */
export type PolarCustomerState = z.output<typeof customerState>
/** A customer as a list names it. */
export type ListedCustomer = z.output<typeof listedCustomer>
/** A customer by the id we gave Polar, or by Polar's own. */
export type CustomerKey = { externalId: string } | { customerId: string }

/** `until`: the moment of `performance.now()` by which the answer must be there. */
type Deadline = Pick<Patience, 'until'>

type CheckoutRequest = {
  productId: string
  externalId: string
  email: string
  successUrl?: string | undefined
}

/**
 * Begins a checkout. An address that Polar takes for undeliverable is left out: the customer gives another.
 * @throws InvalidInput when Polar refuses `successUrl`, AppError `unavailable`
 */
export async function createCheckout(request: CheckoutRequest): Promise<{ id: string; url: string }> {
  const { productId, externalId, email, successUrl } = request
  const create = (customerEmail: string | null) =>
    ask(createdCheckout, polar =>
      polar.checkouts.create({
        products: [productId],
        external_customer_id: externalId,
        ...(customerEmail && { customer_email: customerEmail }),
        ...(successUrl && { success_url: successUrl }),
      }),
    )
  try {
    return await create(email).catch(error => {
      if (!refusedFields(error).includes('customer_email')) throw error
      return create(null)
    })
  } catch (error) {
    if (!refusedFields(error).includes('success_url')) throw error
    throw new InvalidInput([
      { path: 'successUrl', message: 'The billing service does not accept this address' },
    ])
  }
}

/** A checkout; null when Polar has none with this id. @throws AppError `unavailable` */
export function getCheckout(id: string): Promise<PolarCheckout | null> {
  return orNull(ask(checkout, polar => polar.checkouts.get(id)))
}

/**
 * A short-lived address of the customer portal, and the Polar customer it shows. Null when Polar has no such
 * customer. @throws AppError `unavailable`
 */
export async function createPortalSession(key: CustomerKey) {
  const body =
    'externalId' in key ? { external_customer_id: key.externalId } : { customer_id: key.customerId }
  const created = await orNull(ask(session, polar => polar.customerSessions.create(body)))
  return created && { url: created.customer_portal_url, customer: created.customer }
}

/** A customer with all active subscriptions; null when Polar has none such. @throws AppError `unavailable` */
export function getCustomerState(
  key: CustomerKey,
  deadline: Deadline = {},
): Promise<PolarCustomerState | null> {
  const question = ({ customers }: Polar) =>
    'externalId' in key ? customers.getStateExternal(key.externalId) : customers.getState(key.customerId)
  return orNull(ask(customerState, question, inBatch(deadline)))
}

/** A subscription as Polar wrote it; null when it has none such. @throws AppError `unavailable` */
export function getSubscription(
  id: string,
  deadline: Deadline = {},
): Promise<Record<string, unknown> | null> {
  return orNull(ask(subscription, polar => polar.subscriptions.get(id), inBatch(deadline)))
}

/**
 * All customers with an active subscription, page by page; a customer may come twice.
 * @throws AppError `unavailable`
 */
export async function* listActiveCustomers(deadline: Deadline = {}): AsyncGenerator<ListedCustomer[]> {
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    // Oldest first: what begins meanwhile comes at the end and moves nothing between pages.
    const query = { active: true, sorting: ['started_at' as const], limit: PAGE_SIZE, page }
    const { items, pagination } = await ask(
      subscriptionPage,
      polar => polar.subscriptions.list(query),
      inBatch(deadline),
    )
    pages = pagination.max_page
    yield items.map(item => item.customer)
  }
}

function inBatch({ until }: Deadline): Patience {
  return { patienceMs: PATIENCE_MS.batch, until }
}
