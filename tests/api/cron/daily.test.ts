import { expect, it } from 'vitest'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { buyUnheard, inPortal, makeDue } from '../polar/purchase.ts'

const path = '/api/cron/daily'
const secret = { Authorization: `Bearer ${services.cronSecret}` }

it('does nothing when nothing is due', async () => {
  // The first run of all adds up the days before it.
  expectStatus(await call('GET', path, { headers: secret }), 200)
  const answer = await call('GET', path, { headers: secret })
  expectStatus(answer, 200)
  expect(answer.body).toEqual({
    billing: { checked: 0, changed: 0, failed: 0 },
    files: { resumed: 0, failed: 0, remaining: 0 },
    uploads: { swept: 0 },
    conversations: { removed: 0, archived: 0 },
    accounts: { purged: 0, remaining: 0 },
    figures: { days: 0 },
  })
})

it('gives a customer the plan whose event was missed, and takes it when the end was', async () => {
  const tenant = await freshTenant()
  const planOf = async () => (await tenant.call('GET', '/api/app/me')).body.plan
  await buyUnheard(tenant, 'professional')
  expect(await planOf()).toBe('starter')
  await makeDue(tenant.clerkId)
  const bought = await call('GET', path, { headers: secret })
  expect(bought.body.billing).toEqual({ checked: 1, changed: 1, failed: 0 })
  expect(await planOf()).toBe('professional')

  await inPortal(tenant, 'end')
  await makeDue(tenant.clerkId)
  await call('GET', path, { headers: secret })
  expect(await planOf()).toBe('starter')
})

it('runs twice at once and does each customer once', async () => {
  const tenants = await Promise.all([1, 2, 3, 4, 5, 6].map(() => freshTenant()))
  await Promise.all(tenants.map(tenant => buyUnheard(tenant)))
  await Promise.all(tenants.map(({ clerkId }) => makeDue(clerkId)))
  const answers = await Promise.all([1, 2].map(() => call('GET', path, { headers: secret })))
  for (const answer of answers) expectStatus(answer, 200)
  const sum = (name: string) => answers.reduce((total, { body }) => total + body.billing[name], 0)
  expect([sum('checked'), sum('changed'), sum('failed')]).toEqual([6, 6, 0])
})

it.each([
  ['nothing', {}],
  ['a wrong secret', { Authorization: 'Bearer 0123456789abcdef' }],
  ['a part of the secret', { Authorization: `Bearer ${services.cronSecret.slice(0, -1)}` }],
  ['the secret as an API key', { 'X-API-Key': services.cronSecret }],
  ['the secret in a cookie', { Cookie: `__session=${services.cronSecret}`, Origin: 'http://127.0.0.1:3000' }],
])('refuses %s', async (_name, headers) => {
  expectProblem(
    await call('GET', path, { headers: headers as Record<string, string> }),
    401,
    'unauthenticated',
  )
})

it('refuses people, admins too, and their keys', async () => {
  const [user, admin] = await Promise.all([freshTenant(), freshTenant({ role: 'admin' })])
  const key = await admin.newKey()
  for (const headers of [user.session, admin.session, key.headers])
    expectProblem(await call('GET', path, { headers }), 401, 'unauthenticated')
})
