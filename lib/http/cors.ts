import { soundConfig } from '../config.ts'

const EXPOSED = [
  'X-Request-Id',
  'Server-Timing',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
  'Retry-After',
  'ETag',
  'Content-Disposition',
  'Content-Range',
  'Idempotency-Replayed',
  'X-Conversation-Id',
  'X-Session-Id',
].join(', ')

const ACCEPTED = 'Authorization, Content-Type, X-API-Key, X-Request-Id, Idempotency-Key, Range, If-None-Match'
const HEADER_NAMES = /^[\w-]{1,64}(, ?[\w-]{1,64}){0,40}$/
const PREFLIGHT_SECONDS = 86_400

/** Whether a browser page of this origin may use the API. */
export function isAllowedOrigin(origin: string): boolean {
  return soundConfig()?.ALLOWED_ORIGINS.includes(origin) ?? false
}

/** CORS headers for a response; for a foreign origin none. */
export function corsHeaders(request: Request): Record<string, string> {
  const origin = request.headers.get('origin')
  if (!origin || !isAllowedOrigin(origin)) return {}
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Expose-Headers': EXPOSED,
  }
}

/**
 * What a preflight is told beside `corsHeaders`. A page that may call may send what headers it likes: OpenAI's
 * client in a browser sends a dozen of its own.
 */
export function preflightHeaders(request: Request, methods: readonly string[]): Record<string, string> {
  const asked = request.headers.get('access-control-request-headers') ?? ''
  return {
    Allow: methods.join(', '),
    'Access-Control-Allow-Methods': methods.join(', '),
    'Access-Control-Allow-Headers': HEADER_NAMES.test(asked) ? `${ACCEPTED}, ${asked}` : ACCEPTED,
    'Access-Control-Max-Age': String(PREFLIGHT_SECONDS),
  }
}
