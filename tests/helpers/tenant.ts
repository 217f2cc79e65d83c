import { randomUUID } from 'node:crypto'
import { clerkDelivery, clerkUserData } from '../../scripts/local/clerk/webhooks.ts'
import { polarSubscription } from '../../scripts/local/polar/payloads.ts'
import { polarDelivery, polarTimestamp } from '../../scripts/local/polar/webhooks.ts'
import { services } from '../setup/services.ts'
import { type Answer, type CallOptions, call, expectStatus } from './call.ts'

export type Headers = Record<string, string>

export type Tenant = {
  clerkId: string
  email: string
  /** Headers of a signed-in session. */
  session: Headers
  /** Calls as the signed-in user. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** Makes an API key and gives its id, secret and the headers that present it. */
  newKey(name?: string): Promise<{ id: string; key: string; headers: Headers }>
}

export type TenantOptions = { role?: 'admin'; plan?: 'professional' | 'enterprise' }

/** A tenant nobody else in the run has, made by signed deliveries through the public routes. */
export async function freshTenant({ role, plan }: TenantOptions = {}): Promise<Tenant> {
  const clerkId = `user_${randomUUID().replaceAll('-', '')}`
  const email = `${clerkId}@example.com`
  expectStatus(
    await deliverClerk('user.created', clerkUserData({ id: clerkId, email, ...(role && { role }) })),
    200,
  )
  if (plan) expectStatus(await subscribe(clerkId, plan), 200)
  const session = { Authorization: `Bearer ${await services.clerk.sessionToken(clerkId)}` }
  const callAs = (method: string, path: string, options: CallOptions = {}) =>
    call(method, path, { ...options, headers: { ...session, ...options.headers } })
  return {
    clerkId,
    email,
    session,
    call: callAs,
    async newKey(name = 'test') {
      const answer = await callAs('POST', '/api/app/api-keys', { json: { name } })
      expectStatus(answer, 201)
      const { id, key } = answer.body
      return { id, key, headers: { Authorization: `Bearer ${key}` } }
    },
  }
}

/** Sends a signed Clerk event to the webhook. */
export function deliverClerk(
  type: string,
  data: unknown,
  options?: { id?: string; timestamp?: Date },
): Promise<Answer> {
  const { headers, body } = clerkDelivery(services.clerk.webhookSecret, { type, data }, options)
  return call('POST', '/api/webhooks/clerk', { headers, body })
}

/** Sends a signed Polar event to the webhook. */
export function deliverPolar(
  type: string,
  data: unknown,
  { id, timestamp = polarTimestamp() }: { id?: string; timestamp?: string } = {},
): Promise<Answer> {
  const { headers, body } = polarDelivery(
    services.polar.webhookSecret,
    { type, timestamp, data },
    id ? { id } : {},
  )
  return call('POST', '/api/polar/webhook', { headers, body })
}

/** Gives a user an active subscription through the billing webhook. */
export function subscribe(clerkId: string, plan: 'professional' | 'enterprise'): Promise<Answer> {
  const { products } = services.polar
  const data = polarSubscription({ externalId: clerkId, productId: products[plan], products })
  return deliverPolar('subscription.active', data)
}
