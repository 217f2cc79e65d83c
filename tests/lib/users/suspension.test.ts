import { describe, expect, it } from 'vitest'
import { createApiKey } from '../../../lib/keys/create-key.ts'
import { restoreApiKey } from '../../../lib/keys/restore-key.ts'
import { rotateApiKey } from '../../../lib/keys/rotate-key.ts'
import { type Account, findAccount } from '../../../lib/users/account.ts'
import { ApiKey } from '../../../models/api-key.ts'
import { User } from '../../../models/user.ts'
import { deliverDeletion, deliverUser, expectOutcome, storedUser } from '../../api/webhooks/identity.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant, subscribe, type Tenant } from '../../helpers/tenant.ts'

const HOUR_MS = 3_600_000
const reason = 'Sold access to the answers'

const me = (headers: Record<string, string>) => call('GET', '/api/app/me', { headers })

/** Suspends an account as another instance would: in the database. */
async function suspend({ clerkId }: Tenant, until: Date | null = null): Promise<void> {
  await User.updateOne({ clerkId }, { $set: { suspension: { at: new Date(), until, reason } } })
}

async function reactivate({ clerkId }: Tenant): Promise<void> {
  await User.updateOne({ clerkId }, { $set: { suspension: null } })
}

async function accountOf({ clerkId }: Tenant): Promise<Account> {
  const account = await findAccount(clerkId)
  if (!account) throw new Error('no account')
  return account
}

describe('a suspended account', () => {
  it('is refused at once, by session and by key, and works again at once', async () => {
    const tenant = await freshTenant()
    const { headers } = await tenant.newKey()
    for (const credential of [tenant.session, headers]) expectStatus(await me(credential), 200)
    await suspend(tenant)
    for (const credential of [tenant.session, headers])
      expectProblem(await me(credential), 403, 'account_inactive')
    await reactivate(tenant)
    for (const credential of [tenant.session, headers]) expectStatus(await me(credential), 200)
  })

  it('is refused everywhere, also where a visitor is let in', async () => {
    const tenant = await freshTenant({ role: 'admin' })
    const { headers } = await tenant.newKey()
    await suspend(tenant)
    for (const [method, path] of [
      ['GET', '/api/app/api-keys'],
      ['POST', '/api/app/api-keys'],
      ['GET', '/api/app/usage'],
      ['GET', '/api/files'],
    ] as const)
      expectProblem(await tenant.call(method, path), 403, 'account_inactive')
    const json = { message: 'Hello' }
    const chat = await call('POST', '/api/ai?provider=openai&action=chat', { headers, json })
    expectProblem(chat, 403, 'account_inactive')
  })

  it('is told so and until when, never why', async () => {
    const tenant = await freshTenant()
    await suspend(tenant)
    const open = await me(tenant.session)
    expect(open.body.detail).toBe('This account is suspended.')
    const until = new Date(Date.now() + HOUR_MS)
    await suspend(tenant, until)
    const timed = await me(tenant.session)
    expectProblem(timed, 403, 'account_inactive')
    expect(timed.body.detail).toBe(`This account is suspended until ${until.toISOString()}.`)
    for (const { body } of [open, timed]) expect(JSON.stringify(body)).not.toContain(reason)
  })

  it('is active again once its time is over, and nothing of it shows', async () => {
    const tenant = await freshTenant()
    const before = (await me(tenant.session)).body
    await suspend(tenant, new Date(Date.now() - 1))
    const answer = await me(tenant.session)
    expectStatus(answer, 200)
    expect(answer.body).toEqual(before)
    expectStatus(await tenant.call('POST', '/api/app/api-keys', { json: {} }), 201)
  })

  it('touches nobody else', async () => {
    const [tenant, bystander] = [await freshTenant(), await freshTenant()]
    await suspend(tenant)
    expectStatus(await me(bystander.session), 200)
  })
})

describe('a request that was let in just before the suspension', () => {
  it('makes, rotates and restores no key', async () => {
    const tenant = await freshTenant()
    const [one, other] = [await tenant.newKey(), await tenant.newKey()]
    await tenant.call('DELETE', `/api/app/api-keys?keyId=${other.id}`)
    const caller = { kind: 'user', clerkId: tenant.clerkId, account: await accountOf(tenant) } as const
    await suspend(tenant)
    const before = await ApiKey.find({ clerkId: tenant.clerkId }).lean()
    const refused = { code: 'account_inactive' }
    await expect(createApiKey(caller, {})).rejects.toMatchObject(refused)
    await expect(rotateApiKey(caller, { keyId: one.id, graceSeconds: 60 })).rejects.toMatchObject(refused)
    await expect(restoreApiKey(caller, other.id)).rejects.toMatchObject(refused)
    expect(await ApiKey.find({ clerkId: tenant.clerkId }).lean()).toEqual(before)
  })
})

describe('what still reaches a suspended account', () => {
  it('a subscription', async () => {
    const tenant = await freshTenant()
    await suspend(tenant)
    expectStatus(await subscribe(tenant.clerkId, 'professional'), 200)
    expectProblem(await me(tenant.session), 403, 'account_inactive')
    await reactivate(tenant)
    expect((await me(tenant.session)).body).toMatchObject({
      plan: 'professional',
      subscription: { status: 'active' },
    })
  })

  it('a new profile, which does not lift the suspension', async () => {
    const tenant = await freshTenant()
    await suspend(tenant)
    const updatedAt = Date.now() + HOUR_MS
    expectOutcome(
      await deliverUser('user.updated', { id: tenant.clerkId, updatedAt, firstName: 'Ada' }),
      'updated',
    )
    expect(await storedUser(tenant.clerkId)).toMatchObject({ firstName: 'Ada', suspension: { reason } })
    expectProblem(await me(tenant.session), 403, 'account_inactive')
  })

  it('its deletion, with its keys', async () => {
    const tenant = await freshTenant()
    const { headers } = await tenant.newKey()
    await suspend(tenant)
    expectOutcome(await deliverDeletion(tenant.clerkId), 'deleted')
    expectProblem(await me(headers), 401, 'unauthenticated')
    const answer = await me(tenant.session)
    expectProblem(answer, 403, 'account_inactive')
    expect(answer.body.detail).toBe('This account was deleted.')
  })
})
