import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkAtOf, makeDue } from '../api/polar/purchase.ts'
import { billingOf } from '../api/polar/stored.ts'
import { freshClerkId, storedUser } from '../api/webhooks/identity.ts'
import { type Answer, call, expectProblem, expectStatus } from '../helpers/call.ts'
import { freshTenant, subscribe, type Tenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { type Fault, startFront } from './providers-front.ts'

const clerk = await startFront(services.clerk.apiUrl)
const polar = await startFront(services.polar.apiUrl)
afterAll(() => Promise.all([clerk.close(), polar.close()]))
// Settings are read when the first request comes.
process.env.CLERK_API_URL = clerk.url
process.env.POLAR_API_URL = polar.url

/** A try may take 5 s, and another begins only within the 5 s that somebody waits; the rest is a busy machine's. */
const PATIENCE_MS = 9_000
const PROVIDERS_OWN = /sk-upstream|<html|<h1|out of luck|Unexpected (token|end)|not valid JSON|polar|clerk\b/i

const FAULTS: Fault[] = [
  'limited',
  'limited for long',
  'broken',
  'a page of a gateway',
  'a page as an answer',
  'a page of refusal',
  'a page of absence',
  'no JSON',
  'nothing',
  'half a JSON',
  'another type',
  'silent',
  'silent behind headers of JSON',
]

type Ask = (tenant: Tenant, word: string) => Promise<Answer>
const BILLING: Ask[] = [
  tenant => tenant.call('POST', '/api/polar/checkout', { json: { plan: 'professional' } }),
  tenant => tenant.call('POST', '/api/polar/portal'),
  (tenant, word) => tenant.call('GET', `/api/polar/checkout?checkoutId=${word}`),
]

async function expectUnavailable(asking: Promise<Answer>): Promise<void> {
  const start = performance.now()
  const answer = await asking
  expect(performance.now() - start, 'it was waited for too long').toBeLessThan(PATIENCE_MS)
  expectProblem(answer, 503, 'unavailable')
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  expect(answer.body.detail).not.toMatch(PROVIDERS_OWN)
}

const me = async (clerkId: string) =>
  call('GET', '/api/app/me', {
    headers: { Authorization: `Bearer ${await services.clerk.sessionToken(clerkId)}` },
  })

beforeAll(async () => {
  // Loads what the first request takes long for.
  const tenant = await freshTenant()
  for (const ask of BILLING) await ask(tenant, randomUUID())
  await me(freshClerkId())
})

describe.concurrent('an outside service that misbehaves', () => {
  describe('billing', () => {
    it.each(FAULTS)('%s, asked for a checkout, a look at one and the portal', async fault => {
      const tenant = await freshTenant()
      const checkoutId = randomUUID()
      for (const word of [tenant.clerkId, checkoutId]) polar.misbehaveFor(word, fault)
      await Promise.all(BILLING.map(ask => expectUnavailable(ask(tenant, checkoutId))))
      expect(await billingOf(tenant.clerkId)).toMatchObject({ plan: 'starter' })
      expect(await checkAtOf(tenant.clerkId)).toBeNull()
    })

    it('slow, is waited for', async () => {
      const tenant = await freshTenant()
      polar.misbehaveFor(tenant.clerkId, 'slow')
      expectStatus(await tenant.call('POST', '/api/polar/checkout', { json: { plan: 'professional' } }), 201)
      expectStatus(await tenant.call('POST', '/api/polar/portal'), 201)
    })
  })

  describe('signing in', () => {
    it.each(FAULTS)('%s, asked for somebody not known yet', async fault => {
      const clerkId = freshClerkId()
      clerk.misbehaveFor(clerkId, fault)
      await expectUnavailable(me(clerkId))
      expect(await storedUser(clerkId)).toBeNull()
    })

    it('slow, is waited for', async () => {
      const clerkId = freshClerkId()
      clerk.misbehaveFor(clerkId, 'slow')
      expectStatus(await me(clerkId), 200)
    })

    it('is not asked about who is known', async () => {
      const tenant = await freshTenant()
      clerk.misbehaveFor(tenant.clerkId, 'silent')
      expectStatus(await tenant.call('GET', '/api/app/me'), 200)
    })
  })
})

describe('the daily look at subscriptions', () => {
  it.each<Fault>(['broken', 'a page as an answer', 'a page of absence', 'limited for long'])(
    'leaves a plan as it is and comes again later: %s',
    async fault => {
      const { clerkId } = await freshTenant()
      expectStatus(await subscribe(clerkId, 'professional'), 200)
      await makeDue(clerkId)
      const before = await billingOf(clerkId)
      polar.misbehaveFor(clerkId, fault)
      for (const id of [before?.polarCustomerId, before?.polarSubscriptionId])
        if (id) polar.misbehaveFor(id, fault)
      const answer = await call('GET', '/api/cron/daily', {
        headers: { Authorization: `Bearer ${services.cronSecret}` },
      })
      expectStatus(answer, 200)
      expect(answer.body.billing).toEqual({ checked: 1, changed: 0, failed: 1 })
      expect(await billingOf(clerkId)).toEqual(before)
      expect((await checkAtOf(clerkId))?.getTime()).toBeGreaterThan(Date.now())
    },
  )
})
