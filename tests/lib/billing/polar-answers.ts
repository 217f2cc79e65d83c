import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { notFound } from '../../../scripts/local/polar/errors.ts'
import { polarSubscription, type SubscriptionInput } from '../../../scripts/local/polar/payloads.ts'
import { makeDue } from '../../api/polar/purchase.ts'
import { billingOf } from '../../api/polar/stored.ts'
import { expectStatus } from '../../helpers/call.ts'
import { deliverPolar, freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import type { startFake } from '../polar/fake.ts'

const { products } = services.polar
type Fake = Awaited<ReturnType<typeof startFake>>

export const statePath = {
  external: (clerkId: string) => `/v1/customers/external/${clerkId}/state`,
  customer: (customerId: string) => `/v1/customers/${customerId}/state`,
}
export const subscriptionPath = ({ id }: { id: string }) => `/v1/subscriptions/${id}`

/** Polar with these answers by path; anything else is not there. */
export function answerWith(fake: Fake, answers: Record<string, () => unknown>): void {
  fake.answerWith(async request => {
    const answer = answers[new URL(request.url).pathname]
    const body = answer ? await answer() : undefined
    if (body instanceof Response) return body
    return body === undefined ? notFound() : Response.json(body)
  })
}

/** A moment long enough ago for an answer of now to be the newer. */
export const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString()

export const subscriptionOf = (given: Partial<SubscriptionInput> & { externalId: string | null }) =>
  polarSubscription({ productId: products.professional, products, ...given })

/** A subscriber of whom Polar told by an event ten minutes ago, and whose check is due. */
export async function subscriber(status: 'active' | 'past_due' = 'active') {
  const tenant = await freshTenant()
  const { clerkId } = tenant
  const subscription = subscriptionOf({ externalId: clerkId, status })
  const answer = await deliverPolar('subscription.updated', subscription, {
    id: randomUUID(),
    timestamp: minutesAgo(10),
  })
  expectStatus(answer, 200)
  expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  await makeDue(clerkId)
  return { tenant, clerkId, subscription }
}
