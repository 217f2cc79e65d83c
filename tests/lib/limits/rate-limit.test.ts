import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { takeRequest } from '../../../lib/limits/rate-limit.ts'
import { User } from '../../../models/user.ts'
import { type Answer, call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { deliverClerk, deliverPolar, freshTenant } from '../../helpers/tenant.ts'

const ME = '/api/app/me'
const CHAT = '/api/ai?provider=openai&action=chat'

function rateOf({ headers }: Answer) {
  const number = (name: string) => (headers.has(name) ? Number(headers.get(name)) : null)
  return {
    limit: number('ratelimit-limit'),
    remaining: number('ratelimit-remaining'),
    reset: number('ratelimit-reset'),
  }
}

function expectLimited(answer: Answer, limit: number): void {
  expectProblem(answer, 429, 'rate_limited')
  const { remaining, reset, ...rate } = rateOf(answer)
  expect(rate).toEqual({ limit })
  expect(remaining).toBe(0)
  expect(reset).toBeGreaterThan(0)
  expect(reset).toBeLessThanOrEqual(60)
  expect(answer.headers.get('retry-after')).toBe(String(reset))
}

const times = <T>(count: number, work: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => work(index)))

describe('requests of a tenant in a minute', () => {
  it('on starter, 60 are served and the 61st is not', async () => {
    const tenant = await freshTenant()
    const answers = await times(60, () => tenant.call('GET', ME))
    for (const answer of answers) expectStatus(answer, 200)
    const left = answers.map(answer => rateOf(answer).remaining).sort((a, b) => Number(b) - Number(a))
    expect(left).toEqual(Array.from({ length: 60 }, (_, index) => 59 - index))
    expectLimited(await tenant.call('GET', ME), 60)
  })

  it('are counted over all its keys, sessions and routes', async () => {
    const tenant = await freshTenant()
    const { headers } = await tenant.newKey()
    await times(30, () => tenant.call('GET', ME))
    await times(29, () => call('GET', '/api/app/usage', { headers }))
    expectLimited(await call('GET', '/api/files', { headers }), 60)
    expectLimited(await tenant.call('GET', '/api/app/api-keys'), 60)
  })

  it('leave another tenant’s alone', async () => {
    const [busy, calm] = [await freshTenant(), await freshTenant()]
    await times(61, () => busy.call('GET', ME))
    expect(rateOf(await calm.call('GET', ME))).toMatchObject({ limit: 60, remaining: 59 })
  })

  it('that are refused for their input count and say so', async () => {
    const tenant = await freshTenant()
    const answer = await tenant.call('POST', '/api/app/api-keys', { json: { nonsense: 1 } })
    expectProblem(answer, 400, 'invalid_input')
    expect(rateOf(answer)).toMatchObject({ limit: 60, remaining: 59 })
    expect(rateOf(await tenant.call('GET', '/api/files/507f1f77bcf86cd799439011'))).toMatchObject({
      remaining: 58,
    })
  })

  it.each([
    ['professional', 600],
    ['enterprise', 6_000],
  ] as const)('on %s are %i', async (plan, limit) => {
    const tenant = await freshTenant({ plan })
    expect(rateOf(await tenant.call('GET', ME))).toMatchObject({ limit, remaining: limit - 1 })
  })

  it('follow the account’s own limit; null is without one', async () => {
    const tenant = await freshTenant()
    const override = (requestsPerMinute: number | null) =>
      User.updateOne({ clerkId: tenant.clerkId }, { $set: { limits: { requestsPerMinute } } })
    await override(2)
    await times(2, () => tenant.call('GET', ME))
    expectLimited(await tenant.call('GET', ME), 2)
    await override(null)
    const answer = await tenant.call('GET', ME)
    expectStatus(answer, 200)
    expect(rateOf(answer)).toEqual({ limit: null, remaining: null, reset: null })
  })

  it('that cannot be told apart by a bad credential are not counted', async () => {
    const answer = await call('GET', ME, { headers: { Authorization: 'Bearer no-token' } })
    expectProblem(answer, 401, 'unauthenticated')
    expect(rateOf(answer).limit).toBeNull()
  })
})

describe('requests of a visitor in a minute', () => {
  const newIp = () => `203.0.113.${randomUUID().slice(0, 8)}`
  const ask = (ip: string) => call('POST', CHAT, { json: { message: '' }, ip })

  it('on /api/ai are 10 per address', async () => {
    const ip = newIp()
    const answers = await times(10, () => ask(ip))
    for (const answer of answers) expectProblem(answer, 400, 'invalid_input')
    expect(answers.map(answer => rateOf(answer).remaining).sort((a, b) => Number(a) - Number(b))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
    ])
    expectLimited(await ask(ip), 10)
    expect(rateOf(await ask(newIp()))).toMatchObject({ limit: 10, remaining: 9 })
  })

  it('do not use up those of a tenant at that address', async () => {
    const [ip, tenant] = [newIp(), await freshTenant()]
    await times(11, () => ask(ip))
    const answer = await call('GET', ME, { headers: tenant.session, ip })
    expect(rateOf(answer)).toMatchObject({ limit: 60, remaining: 59 })
  })

  it('cannot be had anew by a forged header', async () => {
    const ip = newIp()
    const forged = (index: number) => {
      const headers = { 'X-Forwarded-For': `192.0.2.${index}`, 'X-Real-IP': `192.0.2.${index}` }
      return call('POST', CHAT, { json: { message: '' }, ip, headers })
    }
    await times(10, forged)
    expectLimited(await forged(11), 10)
  })
})

describe('what is never counted', () => {
  it('is health', async () => {
    for (const answer of await times(70, () => call('GET', '/api/health', { ip: '192.0.2.9' }))) {
      expectStatus(answer, 200)
      expect(rateOf(answer).limit).toBeNull()
    }
  })

  it('are webhooks', async () => {
    const deliveries = [
      ...(await times(70, () => deliverPolar('order.paid', {}))),
      ...(await times(70, () => deliverClerk('session.created', { id: 'x' }))),
    ]
    for (const answer of deliveries) {
      expectStatus(answer, 200)
      expect(rateOf(answer).limit).toBeNull()
    }
  })
})

describe('takeRequest', () => {
  it('counts keys apart, and forgets no refused one', async () => {
    const [key, other] = [randomUUID(), randomUUID()]
    const states = await times(5, () => takeRequest(key, 3))
    expect(states.map(({ admitted }) => admitted)).toEqual([true, true, true, false, false])
    expect(states.map(({ remaining }) => remaining)).toEqual([2, 1, 0, 0, 0])
    expect(await takeRequest(other, 3)).toMatchObject({ admitted: true, remaining: 2 })
  })

  it('admits nothing at a limit of none', async () => {
    expect(await takeRequest(randomUUID(), 0)).toMatchObject({ admitted: false, limit: 0, remaining: 0 })
  })
})
