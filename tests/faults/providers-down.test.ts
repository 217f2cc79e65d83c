import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readCounters } from '../../lib/limits/counters.ts'
import { checkAtOf, makeDue } from '../api/polar/purchase.ts'
import { billingOf } from '../api/polar/stored.ts'
import { freshClerkId, storedUser } from '../api/webhooks/identity.ts'
import { call, expectProblem, expectStatus } from '../helpers/call.ts'
import { fileForm } from '../helpers/files.ts'
import { freshTenant, subscribe } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { CHAT_ENTRIES, EMBEDDING_ENTRIES } from './providers-entries.ts'

// Nothing listens there. Settings are read when the first request comes.
const nowhere = 'http://127.0.0.1:9'
Object.assign(process.env, { OPENAI_BASE_URL: nowhere, CLERK_API_URL: nowhere, POLAR_API_URL: nowhere })

describe.concurrent('with every outside service down', () => {
  it.each(Object.entries({ ...CHAT_ENTRIES, ...EMBEDDING_ENTRIES }))('%s: 502', async (_name, ask) => {
    const tenant = await freshTenant()
    expect((await ask(tenant, 'Hello')).code).toBe('provider_error')
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(0)
  })

  it('billing: 503, and the plan stays', async () => {
    const { clerkId, call: callAs } = await freshTenant()
    expectStatus(await subscribe(clerkId, 'professional'), 200)
    const before = await billingOf(clerkId)
    const json = { plan: 'enterprise' }
    expectProblem(await callAs('POST', '/api/polar/checkout', { json }), 503, 'unavailable')
    expectProblem(await callAs('GET', `/api/polar/checkout?checkoutId=${randomUUID()}`), 503, 'unavailable')
    expectProblem(await callAs('POST', '/api/polar/portal'), 503, 'unavailable')

    await makeDue(clerkId)
    const headers = { Authorization: `Bearer ${services.cronSecret}` }
    const daily = await call('GET', '/api/cron/daily', { headers })
    expectStatus(daily, 200)
    expect(daily.body.billing).toEqual({ checked: 1, changed: 0, failed: 1 })
    expect(await billingOf(clerkId)).toEqual(before)
    expect((await checkAtOf(clerkId))?.getTime()).toBeGreaterThan(Date.now())
  })

  it('signing in: 503 for who is not known yet', async () => {
    const clerkId = freshClerkId()
    const headers = { Authorization: `Bearer ${await services.clerk.sessionToken(clerkId)}` }
    expectProblem(await call('GET', '/api/app/me', { headers }), 503, 'unavailable')
    expect(await storedUser(clerkId)).toBeNull()
  })

  it('all that needs none of them works', async () => {
    const tenant = await freshTenant()
    const { headers } = await tenant.newKey()
    expectStatus(await call('GET', '/api/app/me', { headers }), 200)
    expectStatus(await call('GET', '/api/app/conversations', { headers }), 200)
    expectStatus(await call('GET', '/api/health'), 200)
    const uploaded = await tenant.call('POST', '/api/files', { body: fileForm('A sentence.') })
    expectStatus(uploaded, 201)
    const file = await tenant.call('GET', `/api/files/${uploaded.body.id}`)
    expect(file.body).toMatchObject({ status: 'processing', error: null })
    expectStatus(await tenant.call('GET', `/api/files/${uploaded.body.id}/content`), 200)
  })
})
