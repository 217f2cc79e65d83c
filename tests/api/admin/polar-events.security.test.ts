import { beforeAll, describe, expect, it } from 'vitest'
import { PolarEvent } from '../../../models/polar-event.ts'
import { call, expectProblem } from '../../helpers/call.ts'
import { freshTenant, type Headers, type Tenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { billingOf } from '../polar/stored.ts'
import { deliverFailing, path, replayPath } from './billing-events.ts'

let user: Tenant
const headersOf: Record<string, Headers> = {
  nobody: {},
  'a token that is none': { Authorization: 'Bearer not-a-token' },
  'the scheduler': { Authorization: `Bearer ${services.cronSecret}` },
}

beforeAll(async () => {
  const admin = await freshTenant({ role: 'admin' })
  user = await freshTenant()
  headersOf['a user'] = user.session
  headersOf['the key of a user'] = (await user.newKey()).headers
  headersOf['the key of an admin'] = (await admin.newKey()).headers
})

const STRANGERS = [
  ['nobody', 401, 'unauthenticated'],
  ['a token that is none', 401, 'unauthenticated'],
  ['the scheduler', 401, 'unauthenticated'],
  ['a user', 403, 'forbidden'],
  ['the key of a user', 403, 'forbidden'],
  ['the key of an admin', 403, 'forbidden'],
] as const

const callAs = (name: string, method: string, url: string) =>
  call(method, url, { headers: { ...headersOf[name], 'X-Request-Id': 'same' } })

describe('billing events are for admins alone', () => {
  it.each(STRANGERS)('%s cannot list them', async (name, status, code) => {
    await deliverFailing(user.clerkId)
    const answer = await callAs(name, 'GET', path)
    expectProblem(answer, status, code)
    expect(JSON.stringify(answer.body)).not.toContain(user.clerkId)
  })

  it.each(STRANGERS)('%s cannot replay one', async (name, status, code) => {
    const id = await deliverFailing(user.clerkId)
    const before = [await PolarEvent.findById(id).lean(), await billingOf(user.clerkId)]
    expectProblem(await callAs(name, 'POST', replayPath(id)), status, code)
    expect([await PolarEvent.findById(id).lean(), await billingOf(user.clerkId)]).toEqual(before)
  })

  it('shows a stranger no difference between an event and none', async () => {
    const real = await callAs('a user', 'POST', replayPath(await deliverFailing(user.clerkId)))
    const none = await callAs('a user', 'POST', replayPath('507f1f77bcf86cd799439011'))
    expect(real.body).toEqual(none.body)
  })
})
