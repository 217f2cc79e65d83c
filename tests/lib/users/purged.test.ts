import { beforeAll, describe, expect, it } from 'vitest'
import { purgeDeletedAccounts } from '../../../lib/privacy/purge-accounts.ts'
import { deliverDeletion, deliverUser, expectOutcome, storedUser } from '../../api/webhooks/identity.ts'
import { call, expectProblem } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { deleteAccount, everything, holding } from '../privacy/database.ts'

const later = () => Date.now() + 60_000

describe('a purged account', () => {
  let tenant: Tenant
  let key: Record<string, string>
  beforeAll(async () => {
    tenant = await freshTenant()
    key = (await tenant.newKey()).headers
    await deleteAccount(tenant)
    expect(await purgeDeletedAccounts()).toEqual({ purged: 1, remaining: 0 })
  })
  const expectGone = async () =>
    expect(holding(await everything(), [tenant.clerkId, tenant.email])).toEqual([])

  it.each(['user.created', 'user.updated'] as const)('is not revived by %s', async type => {
    const profile = { id: tenant.clerkId, updatedAt: later(), firstName: 'Back' }
    expectOutcome(await deliverUser(type, profile), 'stale')
    await expectGone()
  })

  it('leaves no tombstone when its deletion is told again', async () => {
    expectOutcome(await deliverDeletion(tenant.clerkId), 'deleted')
    await expectGone()
  })

  it('has no session, and Clerk is not asked about it', async () => {
    const asked = services.clerk.requests()
    for (const path of ['/api/app/me', '/api/app/export']) {
      const answer = await tenant.call('GET', path)
      expectProblem(answer, 403, 'account_inactive')
      expect(answer.body.detail).toBe('This account was deleted.')
    }
    expect(services.clerk.requests()).toBe(asked)
    await expectGone()
  })

  it('has no keys', async () => {
    expectProblem(await call('GET', '/api/app/me', { headers: key }), 401, 'unauthenticated')
    await expectGone()
  })
})

describe('a purge while events arrive', () => {
  it.each([1, 2, 3, 4])('ends without the account, whatever comes first (round %i)', async () => {
    const tenant = await freshTenant()
    await deleteAccount(tenant)
    const profile = { id: tenant.clerkId, updatedAt: later(), firstName: 'Back' }
    await Promise.all([
      purgeDeletedAccounts(),
      deliverUser('user.updated', profile),
      deliverDeletion(tenant.clerkId),
      tenant.call('GET', '/api/app/me'),
      deliverUser('user.created', profile),
    ])
    expect(await storedUser(tenant.clerkId)).toBeNull()
  })
})

describe('an event of a live account', () => {
  it('takes one write, as nothing else is to be looked for', async () => {
    const { clerkId } = await freshTenant()
    const commands = await commandsOf(() => deliverUser('user.updated', { id: clerkId, updatedAt: later() }))
    expect(commands.filter(command => !command.includes('polarevents'))).toEqual([
      'update users',
      'find users',
    ])
  })
})
