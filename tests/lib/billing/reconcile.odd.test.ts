import { randomUUID } from 'node:crypto'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { reconcileAll, reconcileDue } from '../../../lib/billing/reconcile.ts'
import { connect } from '../../../lib/db/connect.ts'
import { ACROSS_TENANTS } from '../../../lib/db/tenant-guard.ts'
import { User } from '../../../models/user.ts'
import { notFound } from '../../../scripts/local/polar/errors.ts'
import { polarCustomerState, polarSubscription } from '../../../scripts/local/polar/payloads.ts'
import { checkAtOf, makeDue } from '../../api/polar/purchase.ts'
import { billingOf } from '../../api/polar/stored.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { deliverClerk, deliverPolar, freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { refusal, startFake } from '../polar/fake.ts'
import { answerWith as answerBy, statePath, subscriber } from './polar-answers.ts'

const fake = await startFake()
afterAll(fake.close)
// Settings are read when the first request comes.
process.env.POLAR_API_URL = fake.url

const { products } = services.polar
const productId = products.professional
const refuse = () => new Response('no', { status: 403 })

const answerWith = (answers: Record<string, () => unknown>) => answerBy(fake, answers)
const external = statePath.external

beforeEach(async () => {
  await connect()
  await User.deleteMany({}, ACROSS_TENANTS)
})

describe('while Polar is away', () => {
  it('the check of one customer fails and comes again; those of others go on', async () => {
    const { clerkId } = await subscriber()
    const others = await Promise.all([1, 2, 3].map(() => freshTenant()))
    await Promise.all(others.map(({ clerkId }) => makeDue(clerkId)))
    answerWith({ [external(clerkId)]: refuse })
    expect(await reconcileDue()).toEqual({ checked: 4, changed: 0, failed: 1 })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
    const again = (await checkAtOf(clerkId))?.getTime() ?? 0
    expect(again).toBeGreaterThan(Date.now())
    expect(again).toBeLessThan(Date.now() + 3 * 60 * 60_000)
  })

  it('a run gives up after a few and leaves the rest as they are', async () => {
    const tenants = await Promise.all(Array.from({ length: 12 }, () => freshTenant()))
    await Promise.all(tenants.map(({ clerkId }, index) => makeDue(clerkId, 60 - index)))
    fake.answerWith(refuse)
    const { checked, failed } = await reconcileDue()
    expect(failed).toBe(checked)
    expect(failed).toBeGreaterThanOrEqual(5)
    expect(failed).toBeLessThanOrEqual(8)
    const times = await Promise.all(tenants.map(({ clerkId }) => checkAtOf(clerkId)))
    const isLater = times.map(time => (time?.getTime() ?? 0) > Date.now())
    expect(isLater, 'the longest due went first').toEqual(isLater.toSorted((a, b) => Number(b) - Number(a)))
    expect(isLater.filter(Boolean)).toHaveLength(failed)
  })

  it('reconcileAll says so when the list cannot be had', async () => {
    fake.answerWith(refuse)
    await expect(reconcileAll()).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('a customer that Polar does not know', () => {
  it('any more has no plan', async () => {
    const { clerkId } = await subscriber()
    const { polarCustomerId } = await billingOf(clerkId)
    answerWith({})
    expect(await reconcileDue()).toEqual({ checked: 1, changed: 1, failed: 0 })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'starter', polarCustomerId })
  })

  it('and never did stays as it is and is not asked about again', async () => {
    const { clerkId, call } = await freshTenant()
    await makeDue(clerkId)
    answerWith({})
    expect(await reconcileDue()).toEqual({ checked: 1, changed: 0, failed: 0 })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'starter', polarCustomerId: null })
    expect(await checkAtOf(clerkId)).toBeNull()
    answerWith({ '/v1/customer-sessions/': () => refusal('body', 'external_customer_id') })
    const answer = await call('POST', '/api/polar/portal')
    expectProblem(answer, 404, 'not_found')
    expect(answer.body.detail).toContain('buy a plan first')
  })
})

describe('a customer that Polar knows by its own id alone', () => {
  const stateOf = (externalId: string | null, customerId: string) =>
    polarCustomerState({
      externalId,
      customerId,
      activeSubscriptions: [polarSubscription({ externalId, customerId, productId, products })],
    })

  it('is found by that', async () => {
    const { clerkId, call } = await freshTenant()
    const customerId = randomUUID()
    await User.updateOne({ clerkId }, { $set: { polarCustomerId: customerId } })
    await makeDue(clerkId)
    answerWith({
      [`/v1/customers/${customerId}/state`]: () => stateOf(null, customerId),
    })
    expect(await reconcileDue()).toEqual({ checked: 1, changed: 1, failed: 0 })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional', polarCustomerId: customerId })

    const portal = () => ({
      customer_portal_url: 'https://polar.example/portal',
      customer: { id: customerId },
    })
    answerWith({ '/v1/customer-sessions/': portal })
    const answer = await call('POST', '/api/polar/portal')
    expectStatus(answer, 201)
    expect(fake.asked().map(({ body }) => body)).toEqual([{ customer_id: customerId }])
  })

  it('has the portal of the one with the user’s own id when it is gone', async () => {
    const { clerkId, call } = await freshTenant()
    const customerId = randomUUID()
    await User.updateOne({ clerkId }, { $set: { polarCustomerId: customerId } })
    const own = {
      customer_portal_url: 'https://polar.example/own',
      customer: { id: randomUUID(), external_id: clerkId },
    }
    const portal = () => (fake.asked().length === 1 ? refusal('body', 'customer_id') : own)
    answerWith({ '/v1/customer-sessions/': portal })
    const answer = await call('POST', '/api/polar/portal')
    expectStatus(answer, 201)
    expect(answer.body.url).toBe('https://polar.example/own')
    expect(fake.asked().map(({ body }) => body)).toEqual([
      { customer_id: customerId },
      { external_customer_id: clerkId },
    ])
  })

  it('is not this user when it is another one’s', async () => {
    const [user, other] = await Promise.all([freshTenant(), freshTenant()])
    const customerId = randomUUID()
    await User.updateOne({ clerkId: user.clerkId }, { $set: { polarCustomerId: customerId } })
    await makeDue(user.clerkId)
    answerWith({ [`/v1/customers/${customerId}/state`]: () => stateOf(other.clerkId, customerId) })
    expect(await reconcileDue()).toEqual({ checked: 1, changed: 0, failed: 0 })
    expect(await billingOf(user.clerkId)).toMatchObject({ plan: 'starter' })

    const theirs = { id: customerId, external_id: other.clerkId }
    const portal = () =>
      fake.asked().length === 1
        ? { customer_portal_url: 'https://polar.example/portal', customer: theirs }
        : refusal('body', 'external_customer_id')
    answerWith({ '/v1/customer-sessions/': portal })
    expectProblem(await user.call('POST', '/api/polar/portal'), 404, 'not_found')
  })

  it('counts beside a new one of the same person', async () => {
    const { clerkId } = await freshTenant()
    const customerId = randomUUID()
    await User.updateOne({ clerkId }, { $set: { polarCustomerId: customerId } })
    await makeDue(clerkId)
    answerWith({
      [external(clerkId)]: () => polarCustomerState({ externalId: clerkId, activeSubscriptions: [] }),
      [`/v1/customers/${customerId}/state`]: () => stateOf(null, customerId),
    })
    expect(await reconcileDue()).toMatchObject({ changed: 1 })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional', polarCustomerId: customerId })
  })
})

describe('a subscription that the state leaves out', () => {
  it.each([
    ['past due keeps its plan', 'past_due', 'professional', 'past_due'],
    ['unpaid loses it', 'unpaid', 'starter', 'canceled'],
    ['canceled loses it', 'canceled', 'starter', 'canceled'],
  ] as const)('%s', async (_name, status, plan, subscriptionStatus) => {
    const { clerkId, subscription } = await subscriber()
    answerWith({
      [external(clerkId)]: () => polarCustomerState({ externalId: clerkId, activeSubscriptions: [] }),
      [`/v1/subscriptions/${subscription.id}`]: () =>
        polarSubscription({ externalId: clerkId, id: subscription.id, status, productId, products }),
    })
    expect(await reconcileDue()).toMatchObject({ changed: 1, failed: 0 })
    expect(await billingOf(clerkId)).toMatchObject({ plan, subscriptionStatus })
  })
})

describe('what happens while Polar is asked', () => {
  const due = new Date(Date.now() + 15 * 60_000)

  it('a checkout begun then is asked about in its turn', async () => {
    const { clerkId } = await freshTenant()
    await makeDue(clerkId)
    answerWith({
      [external(clerkId)]: async () => {
        await User.updateOne({ clerkId }, { $min: { polarCheckAt: due } })
        return notFound()
      },
    })
    await reconcileDue()
    expect(await checkAtOf(clerkId)).toEqual(due)
  })

  it('an event of then is the newer', async () => {
    const { clerkId, subscription } = await subscriber()
    answerWith({
      [external(clerkId)]: async () => {
        const later = { ...subscription, id: randomUUID(), product_id: products.enterprise }
        expectStatus(await deliverPolar('subscription.active', later), 200)
        return polarCustomerState({ externalId: clerkId, activeSubscriptions: [] })
      },
    })
    await reconcileDue()
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'enterprise' })
  })

  it('a user deleted then is left alone', async () => {
    const { clerkId } = await subscriber()
    answerWith({
      [external(clerkId)]: async () => {
        await deliverClerk('user.deleted', { id: clerkId, deleted: true })
        return polarCustomerState({ externalId: clerkId, activeSubscriptions: [] })
      },
    })
    expect(await reconcileDue()).toEqual({ checked: 0, changed: 0, failed: 0 })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })
})
