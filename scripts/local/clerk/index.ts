import { generateKeyPair as generateKeyPairCallback, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { exportJWK, importSPKI, type JWK, type JWTPayload } from 'jose'
import { listen } from '../http.ts'
import { answerBackend } from './backend.ts'
import { answerFrontend } from './frontend.ts'
import { signSessionToken } from './tokens.ts'
import type { ClerkProfile } from './users.ts'

export type ClerkStandIn = {
  apiUrl: string
  issuer: string
  kid: string
  azp: string
  jwtKey: string
  jwtPrivateKey: string
  secretKey: string
  publishableKey: string
  webhookSecret: string
  sessionToken(clerkId: string, claims?: JWTPayload): Promise<string>
  /** From now on this user is known, also to the sign-in page. */
  addUser(profile: ClerkProfile): void
  requests(): number
  close(): Promise<void>
}

/** The pair that signs session tokens, as PEM. */
export type RsaKeys = { publicKey: string; privateKey: string }

/**
 * Starts Clerk's stand-in: its Backend API and sign-in page on loopback, session tokens for any user, signed by
 * these keys or by fresh ones.
 */
export async function startClerk(options: {
  azp: string
  port?: number
  users?: ClerkProfile[]
  keys?: RsaKeys | undefined
}): Promise<ClerkStandIn> {
  const { azp } = options
  const kid = `ins_${randomBytes(12).toString('hex')}`
  const { publicKey: jwtKey, privateKey: jwtPrivateKey } = options.keys ?? (await generateRsaKeys())
  const secretKey = `sk_test_${randomBytes(24).toString('hex')}`
  const startedAt = Date.now()
  const users = new Map(
    (options.users ?? []).map(profile => [profile.id, { updatedAt: startedAt, ...profile }] as const),
  )
  const backend = { secretKey, users, jwk: await publicJwk(jwtKey, kid) }
  let requests = 0
  let issuer = ''
  const sign = (clerkId: string, claims?: JWTPayload, expiresInSeconds?: number) =>
    signSessionToken({ privateKey: jwtPrivateKey, kid, issuer, azp, clerkId, claims, expiresInSeconds })

  const server = await listen(async request => {
    if (new URL(request.url).pathname.startsWith('/v1/')) requests += 1
    const shown = await answerFrontend(request, { jwtKey, issuer, users, sign })
    return shown ?? answerBackend(request, backend)
  }, options.port)
  issuer = server.url

  return {
    apiUrl: server.url,
    issuer,
    kid,
    azp,
    jwtKey,
    jwtPrivateKey,
    secretKey,
    publishableKey: `pk_test_${Buffer.from(`${new URL(issuer).host}$`).toString('base64')}`,
    webhookSecret: `whsec_${randomBytes(24).toString('base64')}`,
    sessionToken: (clerkId, claims) => sign(clerkId, claims),
    addUser: profile => users.set(profile.id, { updatedAt: Date.now(), ...profile }),
    requests: () => requests,
    close: server.close,
  }
}

// 2048 bits: the SDK cuts the modulus out of the PEM by the prefix that such a key has.
export function generateRsaKeys(): Promise<RsaKeys> {
  return promisify(generateKeyPairCallback)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
}

async function publicJwk(spki: string, kid: string): Promise<JWK> {
  const jwk = await exportJWK(await importSPKI(spki, 'RS256', { extractable: true }))
  return { ...jwk, kid, alg: 'RS256', use: 'sig' }
}
