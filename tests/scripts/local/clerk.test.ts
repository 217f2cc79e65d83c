import { createClerkClient, verifyToken } from '@clerk/backend'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { Webhook } from 'svix'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ClerkStandIn, startClerk } from '../../../scripts/local/clerk/index.ts'
import { signSessionToken } from '../../../scripts/local/clerk/tokens.ts'
import { clerkDelivery, clerkUserData } from '../../../scripts/local/clerk/webhooks.ts'

const azp = 'http://localhost:3000'
let clerk: ClerkStandIn

beforeAll(async () => {
  const ada = {
    id: 'user_ada',
    email: 'ada@example.org',
    firstName: 'Ada',
    lastName: 'Lovelace',
    role: 'admin',
  }
  clerk = await startClerk({ azp, users: [{ ...ada, updatedAt: 1_700_000_000_123 }, { id: 'user_plain' }] })
})
afterAll(() => clerk.close())

function client(secretKey = clerk.secretKey) {
  return createClerkClient({ apiUrl: clerk.apiUrl, secretKey })
}

describe('users', () => {
  test('a known user comes back through the SDK whole', async () => {
    const user = await client().users.getUser('user_ada')
    expect(user.id).toBe('user_ada')
    expect(user.fullName).toBe('Ada Lovelace')
    expect(user.primaryEmailAddress?.emailAddress).toBe('ada@example.org')
    expect(user.primaryEmailAddress?.verification?.status).toBe('verified')
    expect(user.publicMetadata).toEqual({ role: 'admin' })
    expect(user.updatedAt).toBe(1_700_000_000_123)
    expect(user.createdAt).toBe(1_700_000_000_123)
  })

  test('an id not seen before gets an address of its own, the same each time', async () => {
    const first = await client().users.getUser('user_new')
    expect(first.primaryEmailAddress?.emailAddress).toBe('user_new@example.com')
    expect(first.publicMetadata).toEqual({})
    expect(await client().users.getUser('user_new')).toEqual(first)
    expect(first.updatedAt).toBeLessThan(Date.now())
  })

  test('a given user without times does not change between two looks', async () => {
    const first = await client().users.getUser('user_plain')
    await new Promise(resolve => setTimeout(resolve, 5))
    expect((await client().users.getUser('user_plain')).updatedAt).toBe(first.updatedAt)
  })

  test('a missing user is a 404 in the SDK', async () => {
    const error = await client()
      .users.getUser('user_missing_1')
      .catch(reason => reason)
    expect(error).toMatchObject({ clerkError: true, status: 404 })
    expect(error.errors[0]).toMatchObject({ code: 'resource_not_found' })
    expect(error.errors[0].longMessage).toContain('user_missing_1')
  })

  test('a wrong secret key is a 401 in the SDK', async () => {
    const error = await client('sk_test_wrong')
      .users.getUser('user_ada')
      .catch(reason => reason)
    expect(error).toMatchObject({ clerkError: true, status: 401 })
    expect(error.errors[0]).toMatchObject({ code: 'clerk_key_invalid' })
  })

  test('POST /local/users says who a user is', async () => {
    const response = await fetch(`${clerk.apiUrl}/local/users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${clerk.secretKey}` },
      body: JSON.stringify({ id: 'user_grace', email: null, firstName: 'Grace' }),
    })
    expect(response.status).toBe(200)
    const user = await client().users.getUser('user_grace')
    expect(user.firstName).toBe('Grace')
    expect(user.emailAddresses).toEqual([])
    expect(user.primaryEmailAddress).toBeNull()
  })

  test('backend requests are counted', async () => {
    const before = clerk.requests()
    await client().users.getUser('user_ada')
    await client().users.getUser('user_ada')
    expect(clerk.requests() - before).toBe(2)
  })
})

describe('session tokens', () => {
  test('the SDK verifies one without a request', async () => {
    const token = await clerk.sessionToken('user_ada')
    const before = clerk.requests()
    const claims = await verifyToken(token, { jwtKey: clerk.jwtKey, authorizedParties: [azp] })
    expect(claims).toMatchObject({ sub: 'user_ada', iss: clerk.issuer, azp })
    expect(claims.sid).toMatch(/^sess_/)
    expect(claims.exp - claims.iat).toBe(86_400)
    expect(clerk.requests()).toBe(before)
    expect(decodeProtectedHeader(token)).toEqual({ alg: 'RS256', kid: clerk.kid, typ: 'JWT' })
  })

  test('the SDK verifies one with the key it fetches', async () => {
    const token = await clerk.sessionToken('user_ada')
    const claims = await verifyToken(token, { apiUrl: clerk.apiUrl, secretKey: clerk.secretKey })
    expect(claims.sub).toBe('user_ada')
  })

  test('claims override, and undefined leaves one out', async () => {
    const claims = decodeJwt(await clerk.sessionToken('user_ada', { azp: undefined, iss: 'https://other' }))
    expect(claims).not.toHaveProperty('azp')
    expect(claims.iss).toBe('https://other')
  })

  test('an expired, a foreign party’s and a foreign key’s token are refused', async () => {
    const { jwtKey, jwtPrivateKey: privateKey, kid, issuer } = clerk
    const options = { privateKey, kid, issuer, azp, clerkId: 'user_ada' }
    const expired = await signSessionToken({ ...options, expiresInSeconds: -60 })
    const foreign = await signSessionToken({ ...options, azp: 'http://elsewhere' })
    const verify = (token: string) => verifyToken(token, { jwtKey, authorizedParties: [azp] })
    await expect(verify(expired)).rejects.toMatchObject({ reason: 'token-expired' })
    await expect(verify(foreign)).rejects.toMatchObject({ reason: 'token-invalid-authorized-parties' })

    const other = await startClerk({ azp })
    const forged = await other.sessionToken('user_ada')
    await other.close()
    await expect(verify(forged)).rejects.toMatchObject({ reason: 'token-invalid-signature' })
  })
})

describe('webhooks', () => {
  const event = { type: 'user.created', data: clerkUserData({ id: 'user_ada', role: 'admin' }) }

  test('svix accepts a delivery and its body is the event', () => {
    const { headers, body } = clerkDelivery(clerk.webhookSecret, event, { id: 'msg_1' })
    expect(() => new Webhook(clerk.webhookSecret).verify(body, headers)).not.toThrow()
    expect(headers['svix-id']).toBe('msg_1')
    expect(JSON.parse(body)).toMatchObject({
      type: 'user.created',
      object: 'event',
      data: {
        id: 'user_ada',
        email_addresses: [{ email_address: 'user_ada@example.com' }],
        public_metadata: { role: 'admin' },
      },
    })
  })

  test('svix refuses a changed body, another secret and a stale timestamp', () => {
    const { headers, body } = clerkDelivery(clerk.webhookSecret, event)
    const stale = clerkDelivery(clerk.webhookSecret, event, { timestamp: new Date(Date.now() - 301_000) })
    const verify = (text: string, sent: Record<string, string>, secret = clerk.webhookSecret) =>
      new Webhook(secret).verify(text, sent)
    expect(() => verify(`${body} `, headers)).toThrow('No matching signature')
    expect(() => verify(body, headers, 'whsec_b3RoZXItc2VjcmV0')).toThrow('No matching signature')
    expect(() => verify(stale.body, stale.headers)).toThrow('too old')
  })
})
