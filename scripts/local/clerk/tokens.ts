import { randomUUID } from 'node:crypto'
import { importPKCS8, type JWTPayload, SignJWT } from 'jose'

export type SessionTokenOptions = {
  privateKey: string
  kid: string
  issuer: string
  azp: string
  clerkId: string
  expiresInSeconds?: number
  claims?: JWTPayload
}

/** A session token as Clerk signs it. `claims` override; a claim set to undefined is left out. */
export async function signSessionToken(options: SessionTokenOptions): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  const claims: JWTPayload = {
    sub: options.clerkId,
    iss: options.issuer,
    azp: options.azp,
    sid: `sess_${randomUUID().replaceAll('-', '')}`,
    iat: now,
    nbf: now - 10,
    exp: now + (options.expiresInSeconds ?? 86_400),
    ...options.claims,
  }
  const key = await importPKCS8(options.privateKey, 'RS256')
  return new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: options.kid, typ: 'JWT' }).sign(key)
}
