import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { polarCustomerState, polarSubscription } from '../../../scripts/local/polar/payloads.ts'
import { type Answer, expectStatus } from '../../helpers/call.ts'
import { transactionsOf } from '../../helpers/commands.ts'
import { deliverClerk, deliverPolar, freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { deliverDeletion, deliverUser, freshClerkId } from './identity.ts'

const { products } = services.polar

/** Commands of each transaction that a delivery causes, the end of it left out, and commands beside these. */
type Cost = { transactions: number[]; outside: number }
type Delivery = () => Promise<Answer>
/** What a delivery is, what it costs, and how all is made ready for it. */
type Case = [what: string, cost: Cost, prepare: () => Promise<Delivery>]

const later = () => Date.now() + 60_000

const subscription = (externalId: string, given = {}) =>
  polarSubscription({ externalId, productId: products.professional, products, ...given })

/** An event that names its customer by Polar's id and an address alone. */
function unowned(email: string, id: string = randomUUID()) {
  const { customer, ...data } = subscription(freshClerkId())
  return { ...data, customer_id: id, customer: { ...customer, id, external_id: null, email } }
}

/** A tenant of whom Polar told before. */
async function customer() {
  const tenant = await freshTenant()
  const data = subscription(tenant.clerkId)
  expectStatus(await deliverPolar('subscription.active', data), 200)
  return { ...tenant, customerId: data.customer_id }
}

/** Sends an event that waits for a user of this address. */
async function wait(email: string, id?: string): Promise<void> {
  const answer = await deliverPolar('subscription.active', unowned(email, id))
  expect(answer.body).toEqual({ duplicate: false, status: 'pending' })
}

const none: Cost = { transactions: [], outside: 0 }

const ofClerk: Case[] = [
  ['creates a user', { transactions: [2], outside: 4 }, async () => () => newUser(freshClerkId())],
  ['updates a user', { transactions: [], outside: 3 }, async () => profileOf(later())],
  ['is older than what is known', { transactions: [], outside: 4 }, async () => profileOf(1_000)],
  [
    'deletes a user',
    { transactions: [3], outside: 0 },
    async () => deletionOf((await freshTenant()).clerkId),
  ],
  ['deletes a user not known yet', { transactions: [4], outside: 0 }, async () => deletionOf(freshClerkId())],
  [
    'deletes a user once more',
    { transactions: [3], outside: 0 },
    async () => {
      const { clerkId } = await freshTenant()
      await deliverDeletion(clerkId)
      return deletionOf(clerkId)
    },
  ],
  ['means nothing', none, async () => () => deliverClerk('session.created', { id: 'sess_1' })],
  [
    'creates a user for whom an event of Polar’s waits',
    { transactions: [2, 4], outside: 6 },
    async () => {
      const id = freshClerkId()
      await wait(`${id}@example.com`)
      return () => newUser(id)
    },
  ],
]

const newUser = (id: string) => deliverUser('user.created', { id, email: `${id}@example.com` })
const deletionOf = (clerkId: string) => () => deliverDeletion(clerkId)

async function profileOf(updatedAt: number): Promise<Delivery> {
  const { clerkId } = await freshTenant()
  return () => deliverUser('user.updated', { id: clerkId, updatedAt })
}

const TYPES = [
  ...['active', 'canceled', 'created', 'cycled', 'migrated', 'past_due', 'paused'],
  ...['resumed', 'revoked', 'uncanceled', 'updated'],
]

const ofPolar: Case[] = [
  ...TYPES.map((type): Case => {
    const prepare = async () => {
      const { clerkId } = await customer()
      const data = subscription(clerkId)
      return () => deliverPolar(`subscription.${type}`, data)
    }
    return [`is subscription.${type}`, { transactions: [3], outside: 0 }, prepare]
  }),
  [
    'is customer.state_changed',
    { transactions: [3], outside: 0 },
    async () => {
      const { clerkId } = await customer()
      const state = polarCustomerState({ externalId: clerkId, activeSubscriptions: [subscription(clerkId)] })
      return () => deliverPolar('customer.state_changed', state)
    },
  ],
  [
    'tells a customer’s id for the first time, by the address',
    { transactions: [3], outside: 2 },
    async () => {
      const { email } = await freshTenant()
      return () => deliverPolar('subscription.active', unowned(email))
    },
  ],
  [
    'names a customer by Polar’s id',
    { transactions: [3], outside: 0 },
    async () => {
      const { customerId } = await customer()
      return () => deliverPolar('subscription.active', unowned('old@example.com', customerId))
    },
  ],
  [
    'is about a deleted user',
    { transactions: [3], outside: 0 },
    async () => {
      const { clerkId } = await customer()
      await deliverDeletion(clerkId)
      return () => deliverPolar('subscription.revoked', subscription(clerkId))
    },
  ],
  [
    'waits for its user',
    { transactions: [3], outside: 1 },
    async () => () => deliverPolar('subscription.active', subscription(freshClerkId())),
  ],
  [
    'means nothing',
    { transactions: [2], outside: 0 },
    async () => () => deliverPolar('order.paid', { customer: { external_id: freshClerkId() } }),
  ],
  [
    'cannot be read',
    { transactions: [2], outside: 0 },
    async () => () => deliverPolar('subscription.active', { ...subscription(freshClerkId()), id: null }),
  ],
  [
    'came before',
    { transactions: [2], outside: 4 },
    async () => {
      const [{ clerkId }, id] = [await customer(), randomUUID()]
      const deliver = () => deliverPolar('subscription.active', subscription(clerkId), { id })
      await deliver()
      return deliver
    },
  ],
  [
    'tells a customer’s id that another event waits for',
    { transactions: [3, 4], outside: 4 },
    async () => {
      const { clerkId } = await freshTenant()
      const data = subscription(clerkId)
      await wait('old@example.com', data.customer_id)
      return () => deliverPolar('subscription.active', data)
    },
  ],
]

/** No transaction has more than this beside its commit. */
const MOST = 4

describe.each([
  ['Clerk', ofClerk],
  ['Polar', ofPolar],
])('a webhook of %s takes few commands', (_service, cases) => {
  it.each(cases)('that %s', async (_what, cost, prepare) => {
    const deliver = await prepare()
    const { transactions, outside } = await transactionsOf(async () => expectStatus(await deliver(), 200))
    const counted = { transactions: transactions.map(({ length }) => length), outside: outside.length }
    expect(counted, JSON.stringify({ transactions, outside }, null, 2)).toEqual(cost)
    expect(Math.max(0, ...counted.transactions)).toBeLessThanOrEqual(MOST)
  })
})
