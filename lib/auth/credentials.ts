import { Unauthenticated } from '../errors.ts'
import { isAllowedOrigin } from '../http/cors.ts'

/** What a request presents to say who it is. */
export type Credential = { type: 'apiKey' | 'token'; value: string }

const API_KEY_BRAND = 'tc_live_'
const SESSION_COOKIE = /(?:^|;\s*)__session=([^;]*)/

/**
 * The one credential of a request: Authorization, else X-API-Key, else the session cookie. Null when it
 * brings none. A browser sends the cookie whoever made the page, so it counts only from an allowed origin.
 * @throws Unauthenticated when something is presented but cannot be read.
 */
export function readCredential(request: Request): Credential | null {
  const authorization = request.headers.get('authorization')
  if (authorization !== null) return bearer(authorization)
  const apiKey = request.headers.get('x-api-key')
  if (apiKey !== null) return { type: 'apiKey', value: apiKey }
  const cookie = SESSION_COOKIE.exec(request.headers.get('cookie') ?? '')?.[1]
  if (!cookie) return null
  if (!comesFromOwnPage(request)) throw new Unauthenticated()
  return { type: 'token', value: cookie }
}

function bearer(authorization: string): Credential {
  const value = /^Bearer +([^\s]+)$/i.exec(authorization)?.[1]
  if (!value) throw new Unauthenticated()
  return { type: value.startsWith(API_KEY_BRAND) ? 'apiKey' : 'token', value }
}

function comesFromOwnPage(request: Request): boolean {
  const origin = request.headers.get('origin')
  return origin === null ? request.headers.get('sec-fetch-site') === 'same-origin' : isAllowedOrigin(origin)
}
