import { describe, expect, it } from 'vitest'
import { clerkUserData } from '../../../scripts/local/clerk/webhooks.ts'
import { polarSubscription } from '../../../scripts/local/polar/payloads.ts'
import { deliverClerk, deliverPolar, freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { deliverUser, expectOutcome, freshClerkId, storedUser } from './identity.ts'

const address = (id: string, email_address: string) => ({ id, object: 'email_address', email_address })

describe('POST /api/webhooks/clerk: user.created and user.updated', () => {
  it('creates a user with all that Clerk says', async () => {
    const id = freshClerkId()
    const profile = {
      id,
      email: `Ada.${id}@Example.org`,
      firstName: 'Ada',
      lastName: 'Lovelace',
      imageUrl: 'https://img.example.org/ada.png',
      role: 'admin',
      updatedAt: 1_700_000_000_123,
    }
    expectOutcome(await deliverUser('user.created', profile), 'created')
    expect(await storedUser(id)).toMatchObject({
      clerkId: id,
      email: `ada.${id}@example.org`,
      firstName: 'Ada',
      lastName: 'Lovelace',
      imageUrl: 'https://img.example.org/ada.png',
      role: 'admin',
      plan: 'starter',
      subscriptionStatus: null,
      clerkUpdatedAt: 1_700_000_000_123,
      deletedAt: null,
    })
  })

  it('takes the primary address, wherever it stands in the list', async () => {
    const id = freshClerkId()
    const data = {
      ...clerkUserData({ id }),
      email_addresses: [address('idn_1', `old-${id}@x.org`), address('idn_2', `main-${id}@x.org`)],
      primary_email_address_id: 'idn_2',
    }
    expectOutcome(await deliverClerk('user.created', data), 'created')
    expect((await storedUser(id))?.email).toBe(`main-${id}@x.org`)
  })

  it('takes the first verified address when none is primary, and none that anybody may have typed', async () => {
    const id = freshClerkId()
    const typed = address('idn_1', `typed-${id}@x.org`)
    const verified = { ...address('idn_2', `own-${id}@x.org`), verification: { status: 'verified' } }
    const base = { ...clerkUserData({ id }), primary_email_address_id: null }
    expectOutcome(await deliverClerk('user.created', { ...base, email_addresses: [typed] }), 'ignored')
    expect(await storedUser(id)).toBeNull()
    const data = { ...base, email_addresses: [typed, verified] }
    expectOutcome(await deliverClerk('user.updated', data), 'created')
    expect((await storedUser(id))?.email).toBe(`own-${id}@x.org`)
  })

  it('changes every field on an update, absent names and lost roles included', async () => {
    const id = freshClerkId()
    const before = { id, firstName: 'Ada', lastName: 'Lovelace', role: 'admin', updatedAt: 1_000 }
    await deliverUser('user.created', before)
    const created = await storedUser(id)
    const after = { id, email: `new-${id}@example.org`, firstName: 'Grace', updatedAt: 2_000 }
    expectOutcome(await deliverUser('user.updated', after), 'updated')
    const user = await storedUser(id)
    expect(user).toMatchObject({
      email: `new-${id}@example.org`,
      firstName: 'Grace',
      lastName: null,
      role: 'user',
      clerkUpdatedAt: 2_000,
    })
    expect(user?._id).toEqual(created?._id)
    expect(user?.createdAt).toEqual(created?.createdAt)
  })

  it.each(['superuser', 'ADMIN', 'user', ''])('gives no more than a user to the role %j', async role => {
    const id = freshClerkId()
    await deliverUser('user.created', { id, role })
    expect((await storedUser(id))?.role).toBe('user')
  })

  it.each([1, true, ['admin'], { admin: true }, null])('bears with the role %j', async role => {
    const id = freshClerkId()
    const data = { ...clerkUserData({ id }), public_metadata: { role } }
    expectOutcome(await deliverClerk('user.created', data), 'created')
    expect((await storedUser(id))?.role).toBe('user')
  })

  it('creates the user from an update whose creation has not come', async () => {
    const id = freshClerkId()
    expectOutcome(await deliverUser('user.updated', { id, firstName: 'Late', updatedAt: 2_000 }), 'created')
    expectOutcome(await deliverUser('user.created', { id, firstName: 'Early', updatedAt: 1_000 }), 'stale')
    expect((await storedUser(id))?.firstName).toBe('Late')
  })

  it('leaves alone what belongs to billing', async () => {
    const { clerkId } = await freshTenant({ plan: 'professional' })
    expectOutcome(
      await deliverUser('user.updated', { id: clerkId, firstName: 'Ada', updatedAt: Date.now() + 1_000 }),
      'updated',
    )
    expect(await storedUser(clerkId)).toMatchObject({
      firstName: 'Ada',
      plan: 'professional',
      subscriptionStatus: 'active',
    })
  })

  it.each(['created', 'updated'] as const)('applies billing that waited for an address: %s', async how => {
    const id = freshClerkId()
    const email = `payer-${id}@example.org`
    if (how === 'updated') await deliverUser('user.created', { id, updatedAt: 1_000 })
    const { products } = services.polar
    const { customer, ...subscription } = polarSubscription({
      externalId: `unknown-${id}`,
      productId: products.professional,
      products,
    })
    const waiting = { ...subscription, customer: { ...customer, external_id: null, email } }
    expect((await deliverPolar('subscription.active', waiting)).body.status).toBe('pending')
    await deliverUser(`user.${how}`, { id, email, updatedAt: 2_000 })
    expect((await storedUser(id))?.plan).toBe('professional')
  })

  it.each(['session.created', 'email.created', 'organization.created', 'user.something_new'])(
    'ignores %s',
    async type => {
      const id = freshClerkId()
      expectOutcome(await deliverClerk(type, clerkUserData({ id })), 'ignored')
      expect(await storedUser(id)).toBeNull()
    },
  )

  it('ignores an unknown type without data', async () => {
    expectOutcome(await deliverClerk('waitlistEntry.created', undefined), 'ignored')
  })
})

describe('POST /api/webhooks/clerk: a person without an address', () => {
  it('makes no account', async () => {
    const id = freshClerkId()
    expectOutcome(await deliverUser('user.created', { id, email: null }), 'ignored')
    expect(await storedUser(id)).toBeNull()
  })

  it('still loses a role, keeping the address known before', async () => {
    const id = freshClerkId()
    await deliverUser('user.created', { id, role: 'admin', updatedAt: 1_000 })
    expectOutcome(await deliverUser('user.updated', { id, email: null, updatedAt: 2_000 }), 'updated')
    expect(await storedUser(id)).toMatchObject({
      email: `${id}@example.com`,
      role: 'user',
      clerkUpdatedAt: 2_000,
    })
  })
})
