import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { readCounters } from '../../../lib/limits/counters.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { deliverClerk, freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { setLimits } from '../files/stored.ts'

const ask = (tenant: Tenant, key: string, message = 'hi') =>
  tenant.call('POST', '/api/ai?action=chat', { json: { message }, headers: { 'Idempotency-Key': key } })

describe('what is not remembered under an Idempotency-Key', () => {
  it('a provider that failed: the retry asks again', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    services.openai.failNext(500, 3)
    expectProblem(await ask(tenant, key), 502, 'provider_error')
    const retry = await ask(tenant, key)
    expectStatus(retry, 200)
    expect(retry.headers.get('idempotency-replayed')).toBeNull()
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(1)
    expect((await ask(tenant, key)).headers.get('idempotency-replayed')).toBe('true')
  })

  it('a quota that was used up: Retry-After invites the same request', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    await setLimits(tenant, { chatMessages: 0 })
    expectProblem(await ask(tenant, key), 429, 'quota_exceeded')
    await setLimits(tenant, { chatMessages: 1 })
    expectStatus(await ask(tenant, key), 200)
  })

  it('a request over the rate: it never began', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    await setLimits(tenant, { requestsPerMinute: 0 })
    expectProblem(await ask(tenant, key), 429, 'rate_limited')
    await setLimits(tenant, { requestsPerMinute: 60 })
    expectStatus(await ask(tenant, key), 200)
  })
})

describe('a remembered answer', () => {
  it('is not given to a deleted account', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    expectStatus(await ask(tenant, key), 200)
    await deliverClerk('user.deleted', { id: tenant.clerkId, deleted: true })
    expectProblem(await ask(tenant, key), 403, 'account_inactive')
  })

  it('counts against the rate limit, and against no quota', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const [first, again] = [await ask(tenant, key), await ask(tenant, key)]
    const left = (answer: typeof first) => Number(answer.headers.get('ratelimit-remaining'))
    expect(left(first) - left(again)).toBe(1)
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(1)
  })
})
