import { describe, expect, it } from 'vitest'
import { ApiKey } from '../../models/api-key.ts'
import { User } from '../../models/user.ts'
import { clerkDelivery } from '../../scripts/local/clerk/webhooks.ts'
import type { Timed } from '../helpers/api-process.ts'
import { expectProblem, expectStatus } from '../helpers/call.ts'
import { freshTenant, type Headers, type Tenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { overInstances } from './over-instances.ts'

const ME = '/api/app/me'
const instances = overInstances(3)

/** A tenant whose key and session every instance has served, more than once. */
async function wellKnown(): Promise<{ tenant: Tenant; id: string; key: Headers; session: Headers }> {
  const tenant = await freshTenant()
  const { id, headers: key } = await tenant.newKey()
  const known = { tenant, id, key, session: tenant.session }
  for (const headers of [key, key, tenant.session])
    for (const answer of await everywhere(headers)) expectStatus(answer, 200)
  return known
}

const everywhere = (headers: Headers): Promise<Timed[]> => instances.each(api => api.get(ME, headers))

async function expectRefused(headers: Headers, status: number, code: string): Promise<void> {
  for (const answer of await everywhere(headers)) expectProblem(answer, status, code)
}

describe('at once on every instance', () => {
  it('a key revoked through one is refused', async () => {
    const { id, key, session } = await wellKnown()
    expectStatus(
      await instances.nth(0).send('DELETE', `/api/app/api-keys?keyId=${id}`, { headers: session }),
      200,
    )
    await expectRefused(key, 401, 'unauthenticated')
    for (const answer of await everywhere(session)) expectStatus(answer, 200)
  })

  it('a key restored through one is served', async () => {
    const { id, key, session } = await wellKnown()
    await instances.nth(0).send('DELETE', `/api/app/api-keys?keyId=${id}`, { headers: session })
    await expectRefused(key, 401, 'unauthenticated')
    const path = `/api/app/api-keys?action=restore&keyId=${id}`
    expectStatus(await instances.nth(1).send('POST', path, { headers: session }), 200)
    for (const answer of await everywhere(key)) expectStatus(answer, 200)
  })

  it('a key that expires is refused', async () => {
    const { tenant, id, key } = await wellKnown()
    const expiresAt = new Date(Date.now() - 1)
    await ApiKey.updateOne({ _id: id, clerkId: tenant.clerkId }, { $set: { expiresAt } })
    await expectRefused(key, 401, 'unauthenticated')
  })

  it('a deleted person’s session and keys are refused', async () => {
    const { tenant, id, key, session } = await wellKnown()
    const event = { type: 'user.deleted', data: { id: tenant.clerkId, object: 'user', deleted: true } }
    const delivery = clerkDelivery(services.clerk.webhookSecret, event)
    expectStatus(await instances.nth(2).send('POST', '/api/webhooks/clerk', delivery), 200)
    await expectRefused(session, 403, 'account_inactive')
    await expectRefused(key, 401, 'unauthenticated')
    expect((await ApiKey.findOne({ _id: id, clerkId: tenant.clerkId }).lean())?.revokedAt).not.toBeNull()
  })

  it('a suspended person’s session and keys are refused, and served when it is lifted', async () => {
    const { tenant, key, session } = await wellKnown()
    const suspend = (suspension: object | null) =>
      User.updateOne({ clerkId: tenant.clerkId }, { $set: { suspension } })
    const at = new Date()
    await suspend({ at, until: null, reason: 'Spam' })
    await expectRefused(session, 403, 'account_inactive')
    await expectRefused(key, 403, 'account_inactive')
    await suspend({ at, until: new Date(Date.now() + 3_600_000), reason: 'Spam' })
    await expectRefused(key, 403, 'account_inactive')
    await suspend({ at, until: new Date(Date.now() - 1), reason: 'Spam' })
    for (const answer of await everywhere(key)) expectStatus(answer, 200)
    await suspend({ at, until: null, reason: 'Spam again' })
    await expectRefused(key, 403, 'account_inactive')
    await suspend(null)
    for (const headers of [key, session])
      for (const answer of await everywhere(headers)) expectStatus(answer, 200)
  })
})
