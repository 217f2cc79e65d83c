import { hash } from 'bcryptjs'
import { expect, it } from 'vitest'
import { ApiKey } from '../../../models/api-key.ts'
import { User } from '../../../models/user.ts'
import { deliverUser, expectOutcome, freshClerkId, storedUser } from '../../api/webhooks/identity.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { services } from '../../setup/services.ts'
import { newLegacyKey } from '../keys/forms.ts'

/** A user and a key as they were stored before the fields of this API were added. */
async function olderTenant() {
  const clerkId = freshClerkId()
  const times = { createdAt: new Date(0), updatedAt: new Date(0) }
  await User.collection.insertOne({
    clerkId,
    email: `${clerkId}@example.org`,
    plan: 'professional',
    subscriptionStatus: 'active',
    deletedAt: null,
    ...times,
  } as never)
  const key = newLegacyKey()
  const { insertedId } = await ApiKey.collection.insertOne({
    clerkId,
    keyHash: await hash(key, 10),
    keyPrefix: `${key.slice(0, 20)}...`,
    revokedAt: null,
    ...times,
  } as never)
  const session = { Authorization: `Bearer ${await services.clerk.sessionToken(clerkId)}` }
  return { clerkId, key, keyId: insertedId.toHexString(), session }
}

it('serves a user and a key that lack the newer fields', async () => {
  const { clerkId, key, keyId, session } = await olderTenant()
  const answer = await call('GET', '/api/app/me', { headers: { 'X-API-Key': key } })
  expectStatus(answer, 200)
  expect(answer.body).toMatchObject({
    clerkId,
    firstName: null,
    imageUrl: null,
    role: 'user',
    plan: 'professional',
    subscription: { status: 'active', currentPeriodEnd: null, cancelAtPeriodEnd: false },
    usage: { apiKeys: 1 },
    createdAt: '1970-01-01T00:00:00.000Z',
  })
  const list = await call('GET', '/api/app/api-keys', { headers: session })
  expect(list.body.data).toMatchObject([{ id: keyId, name: null, expiresAt: null }])
})

it('makes, revokes and restores keys for them', async () => {
  const { key, keyId, session: headers } = await olderTenant()
  expectStatus(await call('POST', '/api/app/api-keys', { headers, json: {} }), 201)
  expectStatus(await call('DELETE', `/api/app/api-keys?keyId=${keyId}`, { headers }), 200)
  expectProblem(await call('GET', '/api/app/me', { headers: { 'X-API-Key': key } }), 401, 'unauthenticated')
  expectStatus(await call('POST', `/api/app/api-keys?action=restore&keyId=${keyId}`, { headers }), 200)
})

it('lets the next event of Clerk bring them up to date', async () => {
  const { clerkId } = await olderTenant()
  expectOutcome(
    await deliverUser('user.updated', { id: clerkId, firstName: 'Ada', role: 'admin' }),
    'updated',
  )
  expect(await storedUser(clerkId)).toMatchObject({ firstName: 'Ada', role: 'admin', plan: 'professional' })
})
