import { afterAll, afterEach, expect, it, vi } from 'vitest'
import { notFound } from '../../../scripts/local/polar/errors.ts'
import { call, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { startFake } from '../../lib/polar/fake.ts'
import { services } from '../../setup/services.ts'
import { checkAtOf, makeDue } from '../polar/purchase.ts'

const fake = await startFake()
afterAll(fake.close)
afterEach(() => {
  vi.useRealTimers()
})
// Settings are read when the first request comes.
process.env.POLAR_API_URL = fake.url
// One product is enough.
process.env.POLAR_PRODUCT_ENTERPRISE = ''

/** Does the daily work with ten customers due, the clock of which moves on with Polar's first answer. */
async function daily(secondsLater: number) {
  const tenants = await Promise.all(Array.from({ length: 10 }, () => freshTenant()))
  await Promise.all(tenants.map(({ clerkId }) => makeDue(clerkId, 60)))
  const start = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now: start })
  fake.answerWith(() => {
    vi.setSystemTime(start + secondsLater * 1000)
    return notFound()
  })
  const headers = { Authorization: `Bearer ${services.cronSecret}` }
  const answer = await call('GET', '/api/cron/daily', { headers })
  expectStatus(answer, 200)
  const times = await Promise.all(tenants.map(({ clerkId }) => checkAtOf(clerkId)))
  return { ...answer.body.billing, left: times.filter(time => time !== null).length }
}

it('begins no check after 170 seconds, so that what has begun ends within 300', async () => {
  const { checked, left } = await daily(170)
  expect(checked).toBeGreaterThan(0)
  expect(checked, 'those begun before').toBeLessThanOrEqual(4)
  expect(left, 'for the next time').toBe(10 - checked)
})

it('goes on until then', async () => {
  expect(await daily(160)).toMatchObject({ checked: expect.any(Number), failed: 0, left: 0 })
})
