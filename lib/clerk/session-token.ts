import { decodeJwt, verifyJwt } from '@clerk/backend/jwt'
import { config, requireConfig } from '../config.ts'
import { Unauthenticated } from '../errors.ts'

/** Clerk's tokens are under 4 kB (a cookie must hold them); anything larger is not worth parsing. */
const MAX_TOKEN_BYTES = 8_192
const CLOCK_SKEW_MS = 5_000
/** JWS compact serialization (RFC 7515, 3.1): base64url without padding. */
const COMPACT_FORM = /^[\w-]+\.[\w-]+\.[\w-]+$/

/**
 * Verifies a Clerk session token without any network call and resolves to the user's Clerk id. Any of the
 * configured keys may have signed it, so that two can overlap during a rotation. RS256 only,
 * exact issuer, `azp` required and allowed: the SDK alone accepts other RSA algorithms, any issuer and a
 * missing `azp`.
 * @throws Unauthenticated for every failure alike.
 */
export async function verifySessionToken(token: string): Promise<string> {
  const { CLERK_ISSUER, CLERK_JWT_KEY } = requireConfig('CLERK_ISSUER', 'CLERK_JWT_KEY')
  const authorizedParties = config().CLERK_AUTHORIZED_PARTIES ?? config().ALLOWED_ORIGINS
  if (token.length > MAX_TOKEN_BYTES || !COMPACT_FORM.test(token) || !hasOwnHeader(token))
    throw new Unauthenticated()
  const claims = await claimsOf(token, CLERK_JWT_KEY, authorizedParties)
  const partyAllowed = typeof claims.azp === 'string' && authorizedParties.includes(claims.azp)
  if (claims.iss !== CLERK_ISSUER || !partyAllowed || typeof claims.sub !== 'string' || claims.sub === '') {
    throw new Unauthenticated()
  }
  return claims.sub
}

async function claimsOf(token: string, keys: readonly string[], authorizedParties: string[]) {
  const verdicts = keys.map(key => verifyJwt(token, { key, authorizedParties, clockSkewInMs: CLOCK_SKEW_MS }))
  return Promise.any(verdicts).catch(() => {
    throw new Unauthenticated()
  })
}

/** RS256, and no extension that whoever verifies must understand (RFC 7515, 4.1.11). */
function hasOwnHeader(token: string): boolean {
  try {
    const { header } = decodeJwt(token)
    return header.alg === 'RS256' && !('crit' in header)
  } catch {
    return false
  }
}
