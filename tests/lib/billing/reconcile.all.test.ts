import { randomUUID } from 'node:crypto'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { reconcileAll } from '../../../lib/billing/reconcile.ts'
import { connect } from '../../../lib/db/connect.ts'
import { ACROSS_TENANTS } from '../../../lib/db/tenant-guard.ts'
import { User } from '../../../models/user.ts'
import { notFound } from '../../../scripts/local/polar/errors.ts'
import { polarCustomerState, polarSubscription } from '../../../scripts/local/polar/payloads.ts'
import { makeDue } from '../../api/polar/purchase.ts'
import { billingOf } from '../../api/polar/stored.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { refusal, startFake } from '../polar/fake.ts'

const fake = await startFake()
afterAll(fake.close)
// Settings are read when the first question is asked.
process.env.POLAR_API_URL = fake.url

const { products } = services.polar

type Bought = ReturnType<typeof polarSubscription>

/** An active subscription of a customer whom Polar knows by these. */
const bought = (
  who: { externalId: string | null; email?: string },
  plan: 'professional' | 'enterprise' = 'professional',
) => polarSubscription({ ...who, customerId: randomUUID(), productId: products[plan], products })

/** Polar with these active subscriptions, where `odd` answers for some customers otherwise. */
const polarHas = (subscriptions: Bought[], odd: (asked: string) => Response | undefined = () => undefined) =>
  fake.answerWith(request => {
    const [, , noun, ...rest] = decodeURIComponent(new URL(request.url).pathname).split('/')
    const asked = rest[0] === 'external' ? rest[1] : rest[0]
    const answer = odd(asked ?? '')
    if (answer) return answer
    if (noun === 'subscriptions' && !asked)
      return Response.json({ items: subscriptions, pagination: { total_count: 1, max_page: 1 } })
    if (noun === 'subscriptions') return one(subscriptions.find(({ id }) => id === asked))
    const theirs = subscriptions.filter(
      ({ customer }) => asked === (rest[0] === 'external' ? customer.external_id : customer.id),
    )
    return one(theirs[0] && stateOf(theirs))
  })

function stateOf(activeSubscriptions: Bought[]) {
  const [first] = activeSubscriptions
  if (!first) throw new Error('a customer here has a subscription')
  const { id: customerId, external_id, email } = first.customer
  return polarCustomerState({
    externalId: external_id ?? null,
    customerId,
    ...(email && { email }),
    activeSubscriptions,
  })
}

const one = (found: unknown) => (found === undefined ? notFound() : Response.json(found))

/** How often Polar was asked about a customer by this id of either kind. */
const timesAsked = (id: string) => fake.asked().filter(({ path }) => path.includes(id)).length

const tenants = (count: number) => Promise.all(Array.from({ length: count }, () => freshTenant()))

const customersOf = (clerkIds: string[]) =>
  Promise.all(
    clerkIds.map((clerkId, index) =>
      User.updateOne(
        { clerkId },
        { $set: { polarCustomerId: `customer ${String(index).padStart(2, '0')}` } },
      ),
    ),
  )

beforeEach(async () => {
  await connect()
  await User.deleteMany({}, ACROSS_TENANTS)
})

describe('a customer whom Polar’s list names', () => {
  it('by email only is found, and stays known', async () => {
    const { clerkId, email } = await freshTenant()
    const subscription = bought({ externalId: null, email })
    polarHas([subscription])
    expect(await reconcileAll()).toEqual({ checked: 1, changed: 1, failed: 0 })
    expect(await billingOf(clerkId)).toMatchObject({
      plan: 'professional',
      polarCustomerId: subscription.customer_id,
    })
    expect(await reconcileAll()).toEqual({ checked: 1, changed: 0, failed: 0 })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })

  it('by email only is found beside what the same user bought here', async () => {
    const { clerkId, email } = await freshTenant()
    await makeDue(clerkId)
    polarHas([bought({ externalId: clerkId, email }), bought({ externalId: null, email }, 'enterprise')])
    await reconcileAll()
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'enterprise' })
  })

  it('as two customers, both unheard of, is found by either', async () => {
    const { clerkId, email } = await freshTenant()
    polarHas([bought({ externalId: clerkId }), bought({ externalId: null, email }, 'enterprise')])
    await reconcileAll()
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'enterprise' })
  })

  it('by the address of two users is nobody’s', async () => {
    const [one, other] = await tenants(2)
    if (!one || !other) throw new Error('two were made')
    await User.updateOne({ clerkId: other.clerkId }, { $set: { email: one.email } })
    polarHas([bought({ externalId: null, email: one.email })])
    expect(await reconcileAll()).toEqual({ checked: 0, changed: 0, failed: 0 })
    expect(await billingOf(one.clerkId)).toMatchObject({ plan: 'starter' })
  })

  it('is asked about once, however often it is named', async () => {
    const [known, byExternalId, byEmail] = await tenants(3)
    if (!known || !byExternalId || !byEmail) throw new Error('three were made')
    const theirs = bought({ externalId: known.clerkId })
    await User.updateOne({ clerkId: known.clerkId }, { $set: { polarCustomerId: theirs.customer_id } })
    const unheard = bought({ externalId: byExternalId.clerkId })
    const mailed = bought({ externalId: null, email: byEmail.email })
    polarHas([theirs, theirs, unheard, unheard, mailed, mailed])
    expect(await reconcileAll()).toEqual({ checked: 3, changed: 3, failed: 0 })
    expect(timesAsked(known.clerkId)).toBe(1)
    expect(timesAsked(byExternalId.clerkId)).toBe(1)
    expect(timesAsked(mailed.customer_id)).toBe(1)
  })

  it('as one user’s is found, though another was taken for this customer before', async () => {
    const [owner, other] = await tenants(2)
    if (!owner || !other) throw new Error('two were made')
    const subscription = bought({ externalId: owner.clerkId })
    await User.updateOne({ clerkId: other.clerkId }, { $set: { polarCustomerId: subscription.customer_id } })
    polarHas([subscription])
    await reconcileAll()
    expect(await billingOf(owner.clerkId)).toMatchObject({ plan: 'professional' })
    expect(await billingOf(other.clerkId)).toMatchObject({ plan: 'starter' })
  })

  it('and nobody here knows is left alone', async () => {
    polarHas([bought({ externalId: 'user_elsewhere' }), bought({ externalId: null, email: 'x@example.com' })])
    expect(await reconcileAll()).toEqual({ checked: 0, changed: 0, failed: 0 })
  })
})

describe('customers that always fail', () => {
  const dislike = () => refusal('query', 'organization_id')

  /** Of fourteen customers the first ten fail in this way; gives the other four, who have paid. */
  async function fourBehindTenThatFail(fault: () => Response): Promise<string[]> {
    const all = (await tenants(14)).map(({ clerkId }) => clerkId)
    await customersOf(all)
    const failing = new Set(all.slice(0, 10))
    const paying = all.slice(10)
    polarHas(
      paying.map(externalId => bought({ externalId })),
      asked => (failing.has(asked) ? fault() : undefined),
    )
    return paying
  }

  it('keep nobody else from being checked', async () => {
    const paying = await fourBehindTenThatFail(dislike)
    expect(await reconcileAll()).toEqual({ checked: 14, changed: 4, failed: 10 })
    for (const clerkId of paying)
      expect(await billingOf(clerkId), clerkId).toMatchObject({ plan: 'professional' })
  })

  it('come after all others the next time, should it look as if Polar were away', async () => {
    const paying = await fourBehindTenThatFail(() => new Response('no', { status: 403 }))
    for (let run = 0; run < 3; run += 1) await reconcileAll()
    for (const clerkId of paying)
      expect(await billingOf(clerkId), clerkId).toMatchObject({ plan: 'professional' })
  })
})

it('gives up while Polar is away, and says why', async () => {
  const all = (await tenants(12)).map(({ clerkId }) => clerkId)
  await customersOf(all)
  fake.answerWith(() => new Response('no', { status: 403 }))
  const { checked, failed, gaveUp } = await reconcileAll()
  expect(failed).toBe(checked)
  expect(failed).toBeGreaterThanOrEqual(5)
  expect(failed).toBeLessThanOrEqual(8)
  expect(gaveUp).toMatchObject({ code: 'unavailable', cause: { statusCode: 403 } })
})

it('does not give up over faults between which Polar answers', async () => {
  const all = (await tenants(18)).map(({ clerkId }) => clerkId)
  await customersOf(all)
  const failing = new Set(all.filter((_clerkId, index) => index % 3 === 0))
  polarHas([], asked => (failing.has(asked) ? new Response('no', { status: 403 }) : undefined))
  expect(await reconcileAll()).toMatchObject({ checked: 18, failed: 6 })
})

it('does not call it giving up when everybody was checked', async () => {
  const all = (await tenants(5)).map(({ clerkId }) => clerkId)
  await customersOf(all)
  polarHas([], asked => (asked === '' ? undefined : new Response('no', { status: 403 })))
  const { checked, failed, gaveUp } = await reconcileAll()
  expect([checked, failed, gaveUp]).toEqual([5, 5, undefined])
})
