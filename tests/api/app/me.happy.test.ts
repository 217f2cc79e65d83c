import { describe, expect, it } from 'vitest'
import { HEAD } from '../../../api/app/me.ts'
import { User } from '../../../models/user.ts'
import { polarSubscription } from '../../../scripts/local/polar/payloads.ts'
import { call, expectStatus } from '../../helpers/call.ts'
import { fileForm, uploadAndWait } from '../../helpers/files.ts'
import { deliverPolar, freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'

const MiB = 1024 ** 2
const GiB = 1024 ** 3
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

const PLANS = {
  starter: {
    requestsPerMinute: 60,
    chatMessages: 100,
    files: 20,
    bytes: 100 * MiB,
    bytesPerFile: 10 * MiB,
    apiKeys: 2,
  },
  professional: {
    requestsPerMinute: 600,
    chatMessages: 50_000,
    files: 1_000,
    bytes: 10 * GiB,
    bytesPerFile: 100 * MiB,
    apiKeys: 20,
  },
  enterprise: {
    requestsPerMinute: 6_000,
    chatMessages: null,
    files: null,
    bytes: null,
    bytesPerFile: GiB,
    apiKeys: 100,
  },
}

async function me(tenant: Tenant) {
  const answer = await tenant.call('GET', '/api/app/me')
  expectStatus(answer, 200)
  return answer.body
}

describe('GET /api/app/me', () => {
  it('tells a new user all about themselves and nothing more', async () => {
    const tenant = await freshTenant()
    expect(await me(tenant)).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      clerkId: tenant.clerkId,
      email: tenant.email,
      firstName: null,
      lastName: null,
      imageUrl: `https://img.example.com/${tenant.clerkId}.png`,
      role: 'user',
      plan: 'starter',
      subscription: { status: null, currentPeriodEnd: null, cancelAtPeriodEnd: false },
      limits: PLANS.starter,
      usage: { chatMessages: 0, files: 0, bytes: 0, apiKeys: 0 },
      createdAt: expect.stringMatching(ISO),
    })
  })

  it('tells an API key the same', async () => {
    const tenant = await freshTenant()
    const { headers, key } = await tenant.newKey()
    const own = await me(tenant)
    for (const sent of [headers, { 'X-API-Key': key }]) {
      const answer = await call('GET', '/api/app/me', { headers: sent })
      expectStatus(answer, 200)
      expect(answer.body).toEqual(own)
    }
  })

  it('tells an admin so', async () => {
    expect((await me(await freshTenant({ role: 'admin' }))).role).toBe('admin')
  })

  it.each(['professional', 'enterprise'] as const)(
    'tells the plan %s, its limits and subscription',
    async plan => {
      const body = await me(await freshTenant({ plan }))
      expect(body).toMatchObject({ plan, limits: PLANS[plan] })
      expect(body.subscription).toEqual({
        status: 'active',
        currentPeriodEnd: expect.stringMatching(ISO),
        cancelAtPeriodEnd: false,
      })
    },
  )

  it('tells a subscription that is to end', async () => {
    const tenant = await freshTenant({ plan: 'professional' })
    const { products } = services.polar
    const stored = await User.findOne({ clerkId: tenant.clerkId }).lean()
    const data = polarSubscription({
      externalId: tenant.clerkId,
      productId: products.professional,
      products,
    })
    const ending = { ...data, id: stored?.polarSubscriptionId, cancel_at_period_end: true }
    expectStatus(await deliverPolar('subscription.canceled', ending), 200)
    expect((await me(tenant)).subscription).toMatchObject({ status: 'active', cancelAtPeriodEnd: true })
  })

  it('lets own overrides win, null being unlimited', async () => {
    const tenant = await freshTenant()
    await User.updateOne({ clerkId: tenant.clerkId }, { $set: { limits: { files: 7, chatMessages: null } } })
    expect((await me(tenant)).limits).toEqual({ ...PLANS.starter, files: 7, chatMessages: null })
  })

  it('counts messages, files, bytes and working keys', async () => {
    const tenant = await freshTenant()
    await tenant.newKey()
    const revoked = await tenant.newKey()
    await tenant.call('DELETE', `/api/app/api-keys?keyId=${revoked.id}`)
    await uploadAndWait(tenant, fileForm('twenty-one characters'))
    expectStatus(
      await tenant.call('POST', '/api/ai?provider=openai&action=chat', { json: { message: 'Hello' } }),
      200,
    )
    expect((await me(tenant)).usage).toEqual({ chatMessages: 1, files: 1, bytes: 21, apiKeys: 1 })
  })

  it('answers HEAD without a body', async () => {
    const { session } = await freshTenant()
    const response = await HEAD(new Request('http://127.0.0.1:3000/api/app/me', { headers: session }))
    expect(response.status).toBe(200)
    expect(await response.text()).toBe('')
  })

  it('carries request id, timing and rate limit, and is never cached', async () => {
    const tenant = await freshTenant()
    const { headers } = await tenant.call('GET', '/api/app/me', { headers: { 'X-Request-Id': 'req-1' } })
    expect(headers.get('x-request-id')).toBe('req-1')
    expect(headers.get('server-timing')).toMatch(/auth;dur=.*total;dur=/)
    expect(headers.get('ratelimit-limit')).toBe('60')
    expect(headers.get('ratelimit-remaining')).toBe('59')
    expect(Number(headers.get('ratelimit-reset'))).toBeGreaterThan(0)
    expect(headers.get('cache-control')).toBe('no-store')
  })
})
