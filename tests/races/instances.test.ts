import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { monthOf } from '../../lib/limits/counters.ts'
import { ApiKey } from '../../models/api-key.ts'
import { PolarEvent } from '../../models/polar-event.ts'
import { UsageCounter } from '../../models/usage-counter.ts'
import { User } from '../../models/user.ts'
import { polarSubscription } from '../../scripts/local/polar/payloads.ts'
import { polarDelivery } from '../../scripts/local/polar/webhooks.ts'
import { expectProblem, expectStatus } from '../helpers/call.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { overInstances, times } from './over-instances.ts'

const instances = overInstances(3)

async function override({ clerkId }: Tenant, limits: object): Promise<void> {
  await User.updateOne({ clerkId }, { $set: { limits } })
}

describe('keys made at once through three instances', () => {
  it.each([1, 2, 3])('are as many as the plan allows (round %i)', async () => {
    const { clerkId, session: headers } = await freshTenant()
    const make = (index: number) =>
      instances.nth(index).send('POST', '/api/app/api-keys', { headers, json: {} })
    const answers = await times(10, make)
    const made = answers.filter(({ status }) => status === 201)
    expect(made, instances.logs()).toHaveLength(2)
    for (const answer of answers) if (answer.status !== 201) expectProblem(answer, 403, 'limit_reached')
    const stored = await ApiKey.find({ clerkId }).lean()
    const ids = stored.map(({ _id }) => _id.toHexString())
    expect(ids.sort()).toEqual(made.map(({ body }) => body.id).sort())
  })
})

describe('500 chat messages through three instances with 100 left', () => {
  it('are answered 100 times, and the counter stands at the limit', async () => {
    const tenant = await freshTenant()
    const { clerkId, session: headers } = tenant
    await override(tenant, { requestsPerMinute: null, chatMessages: 1_000 })
    await UsageCounter.create({ clerkId, period: monthOf(new Date()), chatMessages: 900 })
    const say = (index: number) =>
      instances
        .nth(index)
        .send('POST', '/api/ai?provider=openai&action=chat', { headers, json: { message: 'Hi' } })
    const answers = await times(500, say, 64)
    const answered = answers.filter(({ status }) => status === 200)
    expect(answered, instances.logs()).toHaveLength(100)
    for (const answer of answers) {
      if (answer.status === 200) continue
      expectProblem(answer, 429, 'quota_exceeded')
      expect(answer.body).toMatchObject({ limit: 1_000 })
    }
    const counter = await UsageCounter.findOne({ clerkId, period: monthOf(new Date()) }).lean()
    expect(counter?.chatMessages).toBe(1_000)
  }, 60_000)
})

describe('40 deliveries of one billing event through three instances', () => {
  it('have one effect', async () => {
    const { clerkId } = await freshTenant()
    const { products, webhookSecret } = services.polar
    const id = randomUUID()
    const data = polarSubscription({ externalId: clerkId, productId: products.professional, products })
    const delivery = polarDelivery(webhookSecret, { type: 'subscription.active', data }, { id })
    const answers = await times(40, index =>
      instances.nth(index).send('POST', '/api/polar/webhook', delivery),
    )
    for (const answer of answers) expectStatus(answer, 200)
    const firsts = answers.filter(({ body }) => !body.duplicate)
    expect(firsts.map(({ body }) => body)).toEqual([{ duplicate: false, status: 'processed' }])
    expect(await PolarEvent.find({ eventId: id }).lean()).toMatchObject([{ status: 'processed' }])
    const user = await User.findOne({ clerkId }).lean()
    expect(user).toMatchObject({ plan: 'professional', polarSubscriptions: [{ id: data.id }] })
    expect(user?.polarSubscriptions).toHaveLength(1)
  })
})
