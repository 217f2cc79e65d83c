import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { monthOf, nextMonth, readCounters, STANDING_PERIOD } from '../../../lib/limits/counters.ts'
import { UsageCounter } from '../../../models/usage-counter.ts'
import { User } from '../../../models/user.ts'
import { type Answer, call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant, subscribe, type Tenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'

const CHAT = '/api/ai?provider=openai&action=chat'
const json = { message: 'Hello' }

async function tenantWith(used: number, limits?: object): Promise<Tenant> {
  const tenant = await freshTenant()
  const { clerkId } = tenant
  await UsageCounter.create({ clerkId, period: monthOf(new Date()), chatMessages: used })
  if (limits) await User.updateOne({ clerkId }, { $set: { limits } })
  return tenant
}

const ask = (tenant: Tenant) => tenant.call('POST', CHAT, { json })
const usedBy = async ({ clerkId }: Tenant) => (await readCounters(clerkId)).chatMessages

function expectUsedUp(answer: Answer, limit: number, used: number, resetsAt: Date): void {
  expectProblem(answer, 429, 'quota_exceeded')
  expect(answer.body).toMatchObject({ limit, used, resetsAt: resetsAt.toISOString() })
  expect(answer.body.upgradeUrl).toMatch(/^https?:\/\//)
  const seconds = (resetsAt.getTime() - Date.now()) / 1000
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(seconds - 1)
  expect(Number(answer.headers.get('retry-after'))).toBeLessThan(seconds + 5)
}

describe('chat messages of a month', () => {
  it('the 100th is answered, the 101st is not', async () => {
    const tenant = await tenantWith(99)
    expectStatus(await ask(tenant), 200)
    expectUsedUp(await ask(tenant), 100, 100, nextMonth(new Date()))
    expect(await usedBy(tenant)).toBe(100)
    const me = await tenant.call('GET', '/api/app/me')
    expect(me.body).toMatchObject({ usage: { chatMessages: 100 }, limits: { chatMessages: 100 } })
  })

  it('a refused one asks no provider', async () => {
    const tenant = await tenantWith(100)
    const before = services.openai.requests().length
    await ask(tenant)
    expect(services.openai.requests()).toHaveLength(before)
  })

  it('of many at once exactly as many as are left are answered', async () => {
    const tenant = await tenantWith(95)
    const answers = await Promise.all(Array.from({ length: 15 }, () => ask(tenant)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(5)
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(10)
    expect(await usedBy(tenant)).toBe(100)
  })

  it('a key and a session of one tenant share them', async () => {
    const tenant = await tenantWith(99)
    const { headers } = await tenant.newKey()
    expectStatus(await call('POST', CHAT, { json, headers }), 200)
    expectProblem(await ask(tenant), 429, 'quota_exceeded')
  })

  it('those of last month do not count', async () => {
    const tenant = await freshTenant()
    const lastMonth = monthOf(new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth() - 1)))
    await UsageCounter.create({ clerkId: tenant.clerkId, period: lastMonth, chatMessages: 100 })
    expectStatus(await ask(tenant), 200)
  })

  it('another tenant’s do not count', async () => {
    const [full, other] = [await tenantWith(100), await freshTenant()]
    expectProblem(await ask(full), 429, 'quota_exceeded')
    expectStatus(await ask(other), 200)
  })

  it('a larger plan has more', async () => {
    const tenant = await tenantWith(100)
    expectProblem(await ask(tenant), 429, 'quota_exceeded')
    await subscribe(tenant.clerkId, 'professional')
    expectStatus(await ask(tenant), 200)
  })

  it('an account’s own limit wins, in both directions', async () => {
    const [more, less] = [
      await tenantWith(100, { chatMessages: 101 }),
      await tenantWith(3, { chatMessages: 3 }),
    ]
    expectStatus(await ask(more), 200)
    expectUsedUp(await ask(more), 101, 101, nextMonth(new Date()))
    expectUsedUp(await ask(less), 3, 3, nextMonth(new Date()))
  })

  it('a limit lowered under what was used tells the true figure', async () => {
    const tenant = await tenantWith(80, { chatMessages: 10 })
    expectUsedUp(await ask(tenant), 10, 80, nextMonth(new Date()))
  })

  it('null is without a limit', async () => {
    const tenant = await tenantWith(5_000_000, { chatMessages: null })
    expectStatus(await ask(tenant), 200)
    expect(await usedBy(tenant)).toBe(5_000_001)
  })
})

describe('a chat message without an answer', () => {
  it.each([
    ['the provider fails', 500, 502, 'provider_error'],
    ['the provider is busy', 429, 502, 'provider_error'],
    ['the provider finds the request wrong', 400, 400, 'invalid_input'],
  ])('is given back when %s', async (_name, failure, status, code) => {
    const tenant = await tenantWith(99)
    // The SDK tries a passing failure three times.
    services.openai.failNext(failure, failure === 400 ? 1 : 3)
    const asked = { ...json, model: 'gpt-4o-mini' }
    expectProblem(await tenant.call('POST', CHAT, { json: asked }), status, code)
    expect(await usedBy(tenant)).toBe(99)
    expectStatus(await ask(tenant), 200)
    expect(await usedBy(tenant)).toBe(100)
  })

  it.each([
    ['a body that is wrong', { message: '' }],
    ['a conversation that is not theirs', { ...json, conversationId: '507f1f77bcf86cd799439011' }],
  ])('is never taken for %s', async (_name, body) => {
    const tenant = await tenantWith(5)
    expect((await tenant.call('POST', CHAT, { json: body })).status).toBeGreaterThanOrEqual(400)
    expect(await usedBy(tenant)).toBe(5)
  })
})

describe('a visitor’s messages of a day', () => {
  const today = () => new Date().toISOString().slice(0, 10)
  const newIp = () => `198.51.100.${randomUUID().slice(0, 8)}`
  const askFrom = (ip: string) => call('POST', CHAT, { json, ip })
  const visitorWith = async (used: number) => {
    const ip = newIp()
    await UsageCounter.create({ clerkId: `visitor:${ip}`, period: today(), chatMessages: used })
    return ip
  }

  it('are 20 per address', async () => {
    const ip = await visitorWith(19)
    expectStatus(await askFrom(ip), 200)
    const tomorrow = new Date(Date.parse(today()) + 86_400_000)
    expectUsedUp(await askFrom(ip), 20, 20, tomorrow)
  })

  it('do not count for another address', async () => {
    const ip = await visitorWith(20)
    expectProblem(await askFrom(ip), 429, 'quota_exceeded')
    expectStatus(await askFrom(newIp()), 200)
  })

  it('do not count for a tenant at that address, nor a tenant’s for them', async () => {
    const ip = await visitorWith(20)
    const tenant = await freshTenant()
    expectStatus(await call('POST', CHAT, { json, ip, headers: tenant.session }), 200)
    expect(await UsageCounter.findOne({ clerkId: `visitor:${ip}`, period: today() }).lean()).toMatchObject({
      chatMessages: 20,
    })
  })

  it('are forgotten once the day is over', async () => {
    const ip = newIp()
    expectStatus(await askFrom(ip), 200)
    const stored = await UsageCounter.findOne({ clerkId: `visitor:${ip}`, period: today() }).lean()
    expect(stored).toMatchObject({ chatMessages: 1, expiresAt: new Date(Date.parse(today()) + 86_400_000) })
    expect(stored?.period).not.toBe(STANDING_PERIOD)
  })

  it('come back when the provider fails', async () => {
    const ip = await visitorWith(19)
    services.openai.failNext(500, 3)
    expectProblem(await askFrom(ip), 502, 'provider_error')
    expectStatus(await askFrom(ip), 200)
  })
})
