import { randomUUID } from 'node:crypto'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { checkCustomer } from '../../../lib/billing/internal/check-customer.ts'
import { reconcileDue } from '../../../lib/billing/reconcile.ts'
import { connect } from '../../../lib/db/connect.ts'
import { ACROSS_TENANTS } from '../../../lib/db/tenant-guard.ts'
import { User } from '../../../models/user.ts'
import { clerkUserData } from '../../../scripts/local/clerk/webhooks.ts'
import { polarCustomerState } from '../../../scripts/local/polar/payloads.ts'
import { makeDue } from '../../api/polar/purchase.ts'
import { billingOf } from '../../api/polar/stored.ts'
import { deliverClerk, deliverPolar, freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { refusal, startFake } from '../polar/fake.ts'
import { answerWith, minutesAgo, statePath, subscriptionOf, subscriptionPath } from './polar-answers.ts'

const fake = await startFake()
afterAll(fake.close)
// Settings are read when the first request comes.
process.env.POLAR_API_URL = fake.url
const { enterprise } = services.polar.products

beforeEach(async () => {
  await connect()
  await User.deleteMany({}, ACROSS_TENANTS)
})

/** Somebody who bought as a customer without an external id, and has another with one. */
async function twoCustomers() {
  const { clerkId, email } = await freshTenant()
  const [first, own] = [randomUUID(), randomUUID()]
  const bought = subscriptionOf({ externalId: null, customerId: first, email, productId: enterprise })
  await deliverPolar('subscription.active', bought, { timestamp: minutesAgo(10) })
  const stateOf = (customerId: string, ...activeSubscriptions: (typeof bought)[]) =>
    polarCustomerState({
      externalId: customerId === own ? clerkId : null,
      customerId,
      email: customerId === own ? email : 'another@shop.example',
      activeSubscriptions,
    })
  return { clerkId, first, own, bought, stateOf }
}

/** What three checks in a row leave, and whether they changed anything. */
async function checkThrice(clerkId: string) {
  const seen = []
  for (let day = 0; day < 3; day++) {
    await makeDue(clerkId)
    const { changed, failed } = await reconcileDue()
    const { plan, polarCustomerId } = await billingOf(clerkId)
    seen.push({ changed, failed, plan, polarCustomerId })
  }
  return seen
}

describe('a user with two customers at Polar', () => {
  it('keeps what one has when an event says that the other has nothing', async () => {
    const { clerkId, own, stateOf, first } = await twoCustomers()
    await deliverPolar('customer.state_changed', stateOf(own))
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'enterprise', polarCustomerId: first })
  })

  it('is asked about as both, however often', async () => {
    const { clerkId, first, own, bought, stateOf } = await twoCustomers()
    await deliverPolar('customer.state_changed', stateOf(own), { timestamp: minutesAgo(5) })
    answerWith(fake, {
      [statePath.external(clerkId)]: () => stateOf(own),
      [statePath.customer(first)]: () => stateOf(first, bought),
    })
    const right = { changed: 0, failed: 0, plan: 'enterprise', polarCustomerId: first }
    expect(await checkThrice(clerkId)).toEqual([right, right, right])
  })

  it('has the higher plan of both, however often they are asked', async () => {
    const { clerkId, first, own, bought, stateOf } = await twoCustomers()
    const second = subscriptionOf({ externalId: clerkId, customerId: own })
    answerWith(fake, {
      [statePath.external(clerkId)]: () => stateOf(own, second),
      [statePath.customer(first)]: () => stateOf(first, bought),
    })
    const right = { changed: 0, failed: 0, plan: 'enterprise', polarCustomerId: first }
    expect(await checkThrice(clerkId)).toEqual([right, right, right])
  })

  it('loses what the first had once that has ended, although the other is the newer', async () => {
    const { clerkId, first, own, bought, stateOf } = await twoCustomers()
    const second = subscriptionOf({ externalId: clerkId, customerId: own })
    await deliverPolar('subscription.active', second, { timestamp: minutesAgo(5) })
    answerWith(fake, {
      [statePath.external(clerkId)]: () => stateOf(own, second),
      [statePath.customer(first)]: () => stateOf(first),
      [subscriptionPath(bought)]: () => ({ ...bought, status: 'canceled', ended_at: minutesAgo(3) }),
    })
    const right = { changed: 0, failed: 0, plan: 'professional', polarCustomerId: own }
    expect(await checkThrice(clerkId)).toEqual([{ ...right, changed: 1 }, right, right])
  })

  it('is known by both ids to later events', async () => {
    const { clerkId, own, bought, stateOf } = await twoCustomers()
    const second = subscriptionOf({ externalId: clerkId, customerId: own, productId: enterprise })
    await deliverPolar('subscription.active', second)
    await deliverPolar('customer.state_changed', stateOf(own, second))
    const moved = { ...bought, customer: { ...bought.customer, email: 'moved@shop.example' } }
    const answer = await deliverPolar('subscription.revoked', { ...moved, status: 'canceled' })
    expect(answer.body).toMatchObject({ status: 'processed' })
    await deliverPolar('subscription.revoked', { ...second, status: 'canceled' })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'starter' })
  })
})

describe('a subscription whose customer is somebody else’s by now', () => {
  it('is this user’s no more', async () => {
    const { clerkId, first, bought } = await twoCustomers()
    const other = await freshTenant()
    const theirs = subscriptionOf({ externalId: other.clerkId, customerId: first, id: bought.id })
    const state = { externalId: other.clerkId, customerId: first, activeSubscriptions: [theirs] }
    await makeDue(clerkId)
    answerWith(fake, {
      [statePath.customer(first)]: () => polarCustomerState(state),
      [subscriptionPath(bought)]: () => theirs,
    })
    expect(await reconcileDue()).toEqual({ checked: 1, changed: 1, failed: 0 })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'starter' })
  })
})

describe('a customer that Polar’s list of subscriptions named', () => {
  const check = (clerkId: string, customerId: string) =>
    checkCustomer({ clerkId, polarCheckAt: null, customerId })
  const stateFor = (email: string, customerId: string) => {
    const activeSubscriptions = [subscriptionOf({ externalId: null, customerId, email })]
    return polarCustomerState({ externalId: null, customerId, email, activeSubscriptions })
  }

  it('is asked about', async () => {
    const { clerkId, email } = await freshTenant()
    const customerId = randomUUID()
    answerWith(fake, { [statePath.customer(customerId)]: () => stateFor(email, customerId) })
    expect(await check(clerkId, customerId)).toBe('changed')
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional', polarCustomerId: customerId })
  })

  it('changes nothing when it is not this user’s, or Polar has none such', async () => {
    const { clerkId } = await freshTenant()
    const other = await freshTenant()
    const customerId = randomUUID()
    answerWith(fake, { [statePath.customer(customerId)]: () => stateFor(other.email, customerId) })
    expect(await check(clerkId, customerId)).toBe('right')
    answerWith(fake, {})
    expect(await check(clerkId, customerId)).toBe('right')
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'starter', polarCustomerId: null })
  })
})

describe('who deleted their account and signed up again', () => {
  /** The customer at Polar keeps the id of the account that was deleted. */
  async function returned() {
    const email = `${randomUUID()}@example.com`
    const gone = await freshTenant()
    await deliverClerk('user.deleted', { id: gone.clerkId, deleted: true })
    const tenant = await freshTenant()
    const data = clerkUserData({ id: tenant.clerkId, email, updatedAt: Date.now() + 1_000 })
    await deliverClerk('user.updated', data)
    const customerId = randomUUID()
    const subscription = subscriptionOf({ externalId: gone.clerkId, customerId, email })
    const customer = { externalId: gone.clerkId, customerId, email }
    const state = polarCustomerState({ ...customer, activeSubscriptions: [subscription] })
    return { gone, tenant, customerId, subscription, state }
  }

  it('has what they pay for, after each check too', async () => {
    const { gone, tenant, customerId, subscription, state } = await returned()
    await deliverPolar('subscription.active', subscription, { timestamp: minutesAgo(10) })
    await deliverPolar('customer.state_changed', state, { timestamp: minutesAgo(9) })
    answerWith(fake, {
      [statePath.external(gone.clerkId)]: () => state,
      [statePath.customer(customerId)]: () => state,
    })
    const right = { changed: 0, failed: 0, plan: 'professional', polarCustomerId: customerId }
    expect(await checkThrice(tenant.clerkId)).toEqual([right, right, right])
    expect(await billingOf(gone.clerkId)).toMatchObject({ plan: 'starter', polarCustomerId: null })
  })

  it('gets it by a check that was told the customer’s id', async () => {
    const { tenant, customerId, state } = await returned()
    answerWith(fake, { [statePath.customer(customerId)]: () => state })
    const { clerkId } = tenant
    expect(await checkCustomer({ clerkId, polarCheckAt: null, customerId })).toBe('changed')
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })

  it('opens the portal of that customer', async () => {
    const { gone, tenant, customerId, subscription } = await returned()
    await deliverPolar('subscription.active', subscription)
    const customer = { id: customerId, external_id: gone.clerkId, email: subscription.customer.email }
    const portal = () =>
      fake.asked().length === 1
        ? refusal('body', 'external_customer_id')
        : { customer_portal_url: 'https://polar.example/portal', customer }
    answerWith(fake, { '/v1/customer-sessions/': portal })
    const answer = await tenant.call('POST', '/api/polar/portal')
    expect(answer.body).toEqual({ url: 'https://polar.example/portal' })
  })
})
