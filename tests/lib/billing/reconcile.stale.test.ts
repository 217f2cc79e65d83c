import { randomUUID } from 'node:crypto'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { findTellings } from '../../../lib/billing/internal/find-customer-state.ts'
import { reconcileDue } from '../../../lib/billing/reconcile.ts'
import { connect } from '../../../lib/db/connect.ts'
import { ACROSS_TENANTS } from '../../../lib/db/tenant-guard.ts'
import { User } from '../../../models/user.ts'
import { polarCustomerState } from '../../../scripts/local/polar/payloads.ts'
import { beginCheckout, checkAtOf, makeDue } from '../../api/polar/purchase.ts'
import { billingOf } from '../../api/polar/stored.ts'
import { deliverPolar, freshTenant } from '../../helpers/tenant.ts'
import { startFake } from '../polar/fake.ts'
import { answerWith, statePath, subscriber, subscriptionOf, subscriptionPath } from './polar-answers.ts'

const fake = await startFake()
afterAll(fake.close)
// Settings are read when the first request comes.
process.env.POLAR_API_URL = fake.url

const HOUR = 3_600_000
const emptyStateOf = (externalId: string) => polarCustomerState({ externalId, activeSubscriptions: [] })

beforeEach(async () => {
  await connect()
  await User.deleteMany({}, ACROSS_TENANTS)
})

/** Expects a check between now and the run of the day after. */
async function expectAnotherCheck(clerkId: string): Promise<void> {
  const due = (await checkAtOf(clerkId))?.getTime() ?? 0
  expect(due).toBeGreaterThan(Date.now())
  expect(due).toBeLessThan(Date.now() + 23 * HOUR)
}

describe('an answer that is behind the times', () => {
  it('yields to the subscription itself, however often it is given', async () => {
    const { clerkId, subscription } = await subscriber()
    answerWith(fake, {
      [statePath.external(clerkId)]: () => emptyStateOf(clerkId),
      [subscriptionPath(subscription)]: () => subscription,
    })
    for (let day = 0; day < 3; day++) {
      await makeDue(clerkId)
      expect(await reconcileDue()).toEqual({ checked: 1, changed: 0, failed: 0 })
      expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional', subscriptionStatus: 'active' })
    }
  })

  it('yields to what an event told shortly before', async () => {
    const { clerkId } = await freshTenant()
    const subscription = subscriptionOf({ externalId: clerkId })
    await deliverPolar('subscription.active', subscription)
    await makeDue(clerkId)
    answerWith(fake, {
      [statePath.external(clerkId)]: () => emptyStateOf(clerkId),
      [subscriptionPath(subscription)]: () => subscription,
    })
    expect(await reconcileDue()).toEqual({ checked: 1, changed: 0, failed: 0 })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })

  it.each([
    ['that it ended', { status: 'canceled', ended_at: new Date().toISOString() }, { plan: 'starter' }],
    ['that it will end', { cancel_at_period_end: true }, { plan: 'professional', cancelAtPeriodEnd: true }],
  ])('is not needed to learn of one told of just now %s', async (_what, since, expected) => {
    const { clerkId } = await freshTenant()
    const subscription = subscriptionOf({ externalId: clerkId })
    await deliverPolar('subscription.active', subscription)
    await makeDue(clerkId)
    const state = polarCustomerState({ externalId: clerkId, activeSubscriptions: [subscription] })
    answerWith(fake, {
      [statePath.external(clerkId)]: () => state,
      [subscriptionPath(subscription)]: () => ({ ...subscription, ...since }),
    })
    expect(await reconcileDue()).toEqual({ checked: 1, changed: 1, failed: 0 })
    expect(await billingOf(clerkId)).toMatchObject(expected)
  })

  it('yields to an event of just after it, by a clock that is behind ours', async () => {
    const { clerkId } = await freshTenant()
    await makeDue(clerkId)
    answerWith(fake, { [statePath.external(clerkId)]: () => emptyStateOf(clerkId) })
    await reconcileDue()
    const timestamp = new Date(Date.now() - 5_000).toISOString()
    await deliverPolar('subscription.active', subscriptionOf({ externalId: clerkId }), { timestamp })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })
})

describe('a check that finds nothing', () => {
  it('where something gave access before is made once more', async () => {
    const { clerkId } = await subscriber()
    answerWith(fake, { [statePath.external(clerkId)]: () => emptyStateOf(clerkId) })
    expect(await reconcileDue()).toMatchObject({ changed: 1 })
    await expectAnotherCheck(clerkId)
    await makeDue(clerkId)
    expect(await reconcileDue()).toMatchObject({ checked: 1, changed: 0 })
    expect(await checkAtOf(clerkId)).toBeNull()
  })

  it('after a checkout is made once more', async () => {
    const tenant = await freshTenant()
    const { clerkId } = tenant
    answerWith(fake, { '/v1/checkouts/': () => ({ id: randomUUID(), url: 'https://polar.example/pay' }) })
    await beginCheckout(tenant)
    await makeDue(clerkId)
    answerWith(fake, {})
    expect(await reconcileDue()).toMatchObject({ checked: 1, changed: 0 })
    await expectAnotherCheck(clerkId)
    await makeDue(clerkId)
    const late = subscriptionOf({ externalId: clerkId })
    const state = polarCustomerState({ externalId: clerkId, activeSubscriptions: [late] })
    answerWith(fake, { [statePath.external(clerkId)]: () => state })
    expect(await reconcileDue()).toMatchObject({ changed: 1 })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })
})

describe('a subscription that Polar has no more', () => {
  it.each(['active', 'past_due'] as const)('and that was %s is over', async status => {
    const { clerkId, subscription } = await subscriber(status)
    answerWith(fake, {})
    expect(await reconcileDue()).toEqual({ checked: 1, changed: 1, failed: 0 })
    expect(fake.asked().map(({ path }) => path)).toContain(subscriptionPath(subscription))
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'starter', subscriptionStatus: 'canceled' })
  })
})

describe('a customer with access', () => {
  it('is asked about in the run of the next day, though this one began a while ago', async () => {
    const { clerkId, subscription } = await subscriber()
    const state = polarCustomerState({ externalId: clerkId, activeSubscriptions: [subscription] })
    answerWith(fake, { [statePath.external(clerkId)]: () => state })
    await reconcileDue()
    await expectAnotherCheck(clerkId)
  })
})

describe('a check that has no time left', () => {
  const busy = () => new Response('{}', { status: 429, headers: { 'Retry-After': '2' } })

  it.each(['the customer', 'another customer', 'a subscription'])('asks for %s once at most', async about => {
    const { clerkId, subscription } = await subscriber('past_due')
    const customerId = randomUUID()
    const empty = () => emptyStateOf(clerkId)
    answerWith(fake, {
      [statePath.external(clerkId)]: about === 'the customer' ? busy : empty,
      [statePath.customer(customerId)]: about === 'another customer' ? busy : empty,
      [subscriptionPath(subscription)]: about === 'a subscription' ? busy : () => subscription,
    })
    const user = await User.findOne({ clerkId }).lean()
    if (!user) throw new Error('the user was made')
    const until = performance.now() + 1_500
    await expect(findTellings(user, { customerId, until })).rejects.toMatchObject({ code: 'unavailable' })
    const asked = fake.asked().map(({ path }) => path)
    expect(new Set(asked).size).toBe(asked.length)
  })
})
