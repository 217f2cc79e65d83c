import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { PolarEvent } from '../../../models/polar-event.ts'
import { clerkUserData } from '../../../scripts/local/clerk/webhooks.ts'
import { polarSubscription, type SubscriptionInput } from '../../../scripts/local/polar/payloads.ts'
import { expectStatus } from '../../helpers/call.ts'
import { deliverClerk, deliverPolar, freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { billingOf, storedEvent } from './stored.ts'
import { fillUp, longId } from './too-much.ts'

const { products } = services.polar

const subscription = (externalId: string, given: Partial<SubscriptionInput> = {}) =>
  polarSubscription({ externalId, productId: products.professional, products, ...given })

/** JSON can hold a NUL in a name, BSON cannot. */
const unstorable = (externalId: string) => ({ ...subscription(externalId), metadata: { 'a\u0000b': 1 } })

const nested = (levels: number): object =>
  Array.from({ length: levels }).reduce<object>(inner => ({ inner }), {})

describe('POST /api/polar/webhook: an event that cannot be applied', () => {
  it('is kept as failed with its cause, and the user stays as it was', async () => {
    const { clerkId } = await freshTenant({ plan: 'enterprise' })
    await fillUp(clerkId)
    const [id, before] = [randomUUID(), await billingOf(clerkId)]
    const data = subscription(clerkId, { id: longId() })
    const answer = await deliverPolar('subscription.active', data, { id })
    expectStatus(answer, 200)
    expect(answer.body).toEqual({ duplicate: false, status: 'failed' })
    expect(await storedEvent(id)).toMatchObject({
      status: 'failed',
      processedAt: null,
      error: expect.stringMatching(/larger|size/i),
      customer: { externalId: clerkId },
      payload: { data: { id: data.id } },
    })
    expect(await billingOf(clerkId)).toEqual(before)
  })

  it.each([
    ['a NUL in a name', { 'a\u0000b': 1 }, /null bytes/],
    ['more levels than a document may have', nested(200), /nest/],
  ])('is kept as text when its payload cannot be stored, for %s', async (_name, metadata, cause) => {
    const { clerkId } = await freshTenant({ plan: 'enterprise' })
    const [id, before] = [randomUUID(), await billingOf(clerkId)]
    const data = { ...subscription(clerkId), metadata }
    const answer = await deliverPolar('subscription.active', data, { id })
    expectStatus(answer, 200)
    expect(answer.body).toEqual({ duplicate: false, status: 'failed' })
    const stored = await storedEvent(id)
    expect(stored).toMatchObject({ status: 'failed', error: expect.stringMatching(cause) })
    expect(JSON.parse(String(stored?.payload)).data.metadata).toEqual(metadata)
    expect(await billingOf(clerkId)).toEqual(before)
  })

  it('is kept once, however many deliveries come at once', async () => {
    const { clerkId } = await freshTenant()
    const id = randomUUID()
    const data = unstorable(clerkId)
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => deliverPolar('subscription.active', data, { id })),
    )
    for (const answer of answers) expectStatus(answer, 200)
    expect(answers.filter(({ body }) => body.duplicate)).toHaveLength(9)
    expect(await PolarEvent.countDocuments({ eventId: id })).toBe(1)
  })

  it('keeps as failed also one without a meaning for billing', async () => {
    const id = randomUUID()
    const answer = await deliverPolar('order.paid', { 'a\u0000b': 1 }, { id })
    expect(answer.body).toEqual({ duplicate: false, status: 'failed' })
    expect(await storedEvent(id)).toMatchObject({ status: 'failed', payload: expect.any(String) })
  })

  it('keeps no more of a message than tells what is wrong', async () => {
    const { clerkId } = await freshTenant()
    const id = randomUUID()
    const active_subscriptions = Array.from({ length: 2_000 }, () => ({ id: '' }))
    const data = { external_id: clerkId, active_subscriptions }
    await deliverPolar('customer.state_changed', data, { id })
    expect((await storedEvent(id))?.error).toHaveLength(2_000)
  })

  it('holds up neither its user nor the other events that wait', async () => {
    const [clerkId, broken, good] = [`user_${randomUUID()}`, randomUUID(), randomUUID()]
    await deliverPolar('subscription.active', subscription(clerkId), { id: broken })
    await deliverPolar('subscription.active', subscription(clerkId), { id: good })
    await PolarEvent.updateOne({ eventId: broken }, { $set: { 'payload.timestamp': 'yesterday' } })
    const email = `${clerkId}@example.com`
    expectStatus(await deliverClerk('user.created', clerkUserData({ id: clerkId, email })), 200)
    expect(await storedEvent(broken)).toMatchObject({ status: 'failed', error: expect.any(String) })
    expect(await storedEvent(good)).toMatchObject({ status: 'processed' })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })
})
