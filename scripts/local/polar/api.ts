import { randomBytes, randomUUID } from 'node:crypto'
import type { models } from '@polar-sh/sdk/2026-10'
import { z } from 'zod'
import { type Route, readJson, route } from '../http.ts'
import { invalidInput, notFound, unprocessable } from './errors.ts'
import { polarCheckout } from './payloads.ts'
import { type Customer, customerFor, findByExternalId, type Store, stateOf } from './store.ts'
import { listSubscriptions } from './subscriptions.ts'

const httpUrl = z.url({ protocol: /^https?$/ })

const checkoutInput = z.looseObject({
  products: z.array(z.uuid()).min(1),
  external_customer_id: z.string().nullish(),
  customer_id: z.uuid().nullish(),
  customer_email: z.email().nullish(),
  success_url: httpUrl.nullish(),
  return_url: httpUrl.nullish(),
  metadata: z.record(z.string().max(40), z.union([z.string().max(500), z.number(), z.boolean()])).optional(),
})

const sessionInput = z.union([
  z.looseObject({ external_customer_id: z.string().min(1), return_url: httpUrl.nullish() }),
  z.looseObject({ customer_id: z.uuid(), return_url: httpUrl.nullish() }),
])

/** The part of Polar's API that the product uses. */
export function apiRoutes(store: Store, origin: () => string): Route[] {
  return [
    route('POST', '/v1/checkouts', request => createCheckout(store, origin(), request)),
    route('GET', '/v1/checkouts/:id', (_request, { id }) =>
      z.uuid().safeParse(id).success ? found(store.checkouts.get(id)) : invalidId(),
    ),
    route('POST', '/v1/customer-sessions', request => createSession(store, origin(), request)),
    route('GET', '/v1/customers/external/:id/state', (_request, { id }) =>
      Response.json(stateOf(store, customerFor(store, { externalId: id }))),
    ),
    route('GET', '/v1/customers/:id/state', (_request, { id }) => {
      const customer = store.customers.get(id)
      return found(customer && stateOf(store, customer))
    }),
    route('GET', '/v1/subscriptions', request => listSubscriptions(store, request)),
    route('GET', '/v1/subscriptions/:id', (_request, { id }) => found(store.subscriptions.get(id))),
  ]
}

async function createCheckout(store: Store, origin: string, request: Request): Promise<Response> {
  const input = checkoutInput.safeParse(await readJson(request))
  if (!input.success) return invalidInput('body', input.error)
  const { external_customer_id: externalId, customer_id: customerId, ...body } = input.data
  const productId = body.products[0] ?? ''
  if (!Object.values(store.products).includes(productId)) {
    return unprocessable({
      loc: ['body', 'products', 0],
      msg: 'Product does not exist.',
      type: 'value_error',
    })
  }
  const known = customerId
    ? store.customers.get(customerId)
    : externalId && findByExternalId(store, externalId)
  const customer = known || undefined
  const checkout = polarCheckout({
    externalId: customer?.external_id ?? externalId,
    customerId: customer?.id,
    email: body.customer_email ?? customer?.email,
    productId,
    products: store.products,
    origin,
    successUrl: body.success_url,
    returnUrl: body.return_url,
    metadata: body.metadata,
  })
  store.checkouts.set(checkout.id, checkout)
  return Response.json(checkout, { status: 201 })
}

async function createSession(store: Store, origin: string, request: Request): Promise<Response> {
  const input = sessionInput.safeParse(await readJson(request))
  if (!input.success) return invalidInput('body', input.error)
  const customer = sessionCustomer(store, input.data)
  if (!customer) {
    return unprocessable({
      loc: ['body', 'customer_id'],
      msg: 'Customer does not exist.',
      type: 'value_error',
    })
  }
  const token = `polar_cst_${randomBytes(24).toString('base64url')}`
  const session: models.CustomerSession = {
    id: randomUUID(),
    created_at: new Date().toISOString(),
    modified_at: null,
    token,
    expires_at: new Date(Date.now() + 3600 * 1000).toISOString(),
    return_url: input.data.return_url ?? null,
    customer_portal_url: `${origin}/portal?customer_session_token=${token}`,
    customer_id: customer.id,
    customer,
  }
  store.sessions.set(token, session)
  return Response.json(session, { status: 201 })
}

function sessionCustomer(store: Store, input: z.output<typeof sessionInput>): Customer | undefined {
  if (typeof input.external_customer_id === 'string') {
    return customerFor(store, { externalId: input.external_customer_id })
  }
  return typeof input.customer_id === 'string' ? store.customers.get(input.customer_id) : undefined
}

function found(value: unknown): Response {
  return value === undefined ? notFound() : Response.json(value)
}

function invalidId(): Response {
  return unprocessable({ loc: ['path', 'id'], msg: 'Input should be a valid UUID', type: 'uuid_parsing' })
}
