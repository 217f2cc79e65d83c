import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { clerkUserData } from '../../scripts/local/clerk/webhooks.ts'
import { polarSubscription } from '../../scripts/local/polar/payloads.ts'
import { billingOf, storedEvent } from '../api/polar/stored.ts'
import { expectStatus } from '../helpers/call.ts'
import { deliverClerk, deliverPolar, freshTenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'

/** A customer of Polar whose end of subscription, naming only the customer, comes before its beginning. */
async function customerOf(clerkId: string) {
  const { products } = services.polar
  const customerId = randomUUID()
  const email = `billing-${customerId}@shop.example`
  const subscription = { id: randomUUID(), customerId, email, productId: products.professional, products }
  const [begun, ended] = ['2026-01-01T00:00:00.000000Z', '2026-01-02T00:00:00.000000Z']
  const deliver = async (type: string, timestamp: string, data: unknown) => {
    const id = randomUUID()
    expectStatus(await deliverPolar(type, data, { id, timestamp }), 200)
    return id
  }
  const end = polarSubscription({ ...subscription, externalId: null, status: 'canceled' })
  const endId = await deliver('subscription.revoked', ended, end)
  expect(await storedEvent(endId)).toMatchObject({ status: 'pending' })
  const begin = polarSubscription({ ...subscription, externalId: clerkId })
  const beginId = await deliver('subscription.active', begun, begin)
  return { endId, beginId }
}

it('what named a customer by id alone is applied once another event tells whose id that is', async () => {
  const { clerkId } = await freshTenant()
  const { endId } = await customerOf(clerkId)
  expect(await storedEvent(endId)).toMatchObject({ status: 'processed' })
  expect(await billingOf(clerkId)).toMatchObject({ plan: 'starter', subscriptionStatus: 'canceled' })
})

it('so it is where both wait for the user', async () => {
  const clerkId = `user_${randomUUID().replaceAll('-', '')}`
  const { endId, beginId } = await customerOf(clerkId)
  expect(await storedEvent(beginId)).toMatchObject({ status: 'pending' })
  expectStatus(await deliverClerk('user.created', clerkUserData({ id: clerkId })), 200)
  for (const id of [beginId, endId]) expect(await storedEvent(id)).toMatchObject({ status: 'processed' })
  expect(await billingOf(clerkId)).toMatchObject({ plan: 'starter', subscriptionStatus: 'canceled' })
})
