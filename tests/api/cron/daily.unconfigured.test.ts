import { expect, it } from 'vitest'
import { call, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { checkAtOf, makeDue } from '../polar/purchase.ts'

// Settings are read when the first request comes.
process.env.POLAR_ACCESS_TOKEN = ''

it('does its work without Polar', async () => {
  const { clerkId } = await freshTenant()
  await makeDue(clerkId)
  const due = await checkAtOf(clerkId)
  const headers = { Authorization: `Bearer ${services.cronSecret}` }
  const answer = await call('GET', '/api/cron/daily', { headers })
  expectStatus(answer, 200)
  expect(answer.body.billing).toEqual({ checked: 0, changed: 0, failed: 0 })
  expect(await checkAtOf(clerkId)).toEqual(due)
})
