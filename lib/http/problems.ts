/** What a problem code means to a client: the HTTP status, a short title and a description for the docs page. */
type ProblemDefinition = { status: number; title: string; description: string }

/**
 * Every problem this API can answer with (RFC 9457). The one home of codes: the error class, the OpenAPI
 * responses and the anchors of /docs/problems derive from it.
 */
export const PROBLEMS = {
  invalid_input: {
    status: 400,
    title: 'Invalid input',
    description:
      'A parameter, header or body field is missing or wrong. `errors` names each one. Nothing was changed.',
  },
  unauthenticated: {
    status: 401,
    title: 'Not authenticated',
    description:
      'There is no credential, or it is malformed, expired, revoked or unknown. Send a session token or an API key as `Authorization: Bearer …`.',
  },
  invalid_signature: {
    status: 401,
    title: 'Invalid signature',
    description:
      'The delivery is not signed with the shared secret, or its timestamp is more than five minutes off.',
  },
  forbidden: {
    status: 403,
    title: 'Forbidden',
    description: 'The credential is valid, but this kind of caller or role may not do this.',
  },
  account_inactive: {
    status: 403,
    title: 'Account inactive',
    description: 'The account was deleted or suspended.',
  },
  limit_reached: {
    status: 403,
    title: 'Plan limit reached',
    description:
      'The plan allows no more of these. Remove one or upgrade. `limit`, `used` and `upgradeUrl` say where you stand.',
  },
  not_found: {
    status: 404,
    title: 'Not found',
    description: 'There is no such object, or it belongs to somebody else.',
  },
  method_not_allowed: {
    status: 405,
    title: 'Method not allowed',
    description: 'This path exists but not with this method. `Allow` lists the methods it has.',
  },
  conflict: {
    status: 409,
    title: 'Conflict',
    description:
      'The object is not in a state in which this can be done, somebody else is changing it right now, or the first request with this `Idempotency-Key` is still running.',
  },
  restore_expired: {
    status: 410,
    title: 'Restore window over',
    description: 'A revoked key can be restored for ten seconds only. Create a new one.',
  },
  too_large: {
    status: 413,
    title: 'Too large',
    description: 'The body or the file is larger than this endpoint or your plan accepts.',
  },
  unsupported_media_type: {
    status: 415,
    title: 'Unsupported media type',
    description: 'The Content-Type is not one that this endpoint reads.',
  },
  range_not_satisfiable: {
    status: 416,
    title: 'Range not satisfiable',
    description: 'The requested byte range lies outside the file. `Content-Range` tells its size.',
  },
  idempotency_mismatch: {
    status: 422,
    title: 'Idempotency key used for another request',
    description:
      'This `Idempotency-Key` came with another request in the last 24 hours. Use a new key for a new request.',
  },
  rate_limited: {
    status: 429,
    title: 'Too many requests',
    description: 'Wait as many seconds as `Retry-After` says.',
  },
  quota_exceeded: {
    status: 429,
    title: 'Quota used up',
    description:
      'The quota of this period is used up. `resetsAt` says when it begins anew; `upgradeUrl` leads to a larger plan.',
  },
  internal: {
    status: 500,
    title: 'Internal error',
    description: 'A fault on our side. Report the `requestId`.',
  },
  provider_error: {
    status: 502,
    title: 'AI provider failed',
    description: 'The AI provider refused or failed. Nothing was counted against your quota.',
  },
  unavailable: {
    status: 503,
    title: 'Temporarily unavailable',
    description:
      'The database or a service that the request needs (sign-in, billing, captcha) cannot be reached just now. Try again after `Retry-After` seconds.',
  },
  not_configured: {
    status: 503,
    title: 'Not configured',
    description: 'This deployment lacks settings that the endpoint needs. `detail` names them.',
  },
  provider_timeout: {
    status: 504,
    title: 'AI provider timed out',
    description: 'The AI provider did not answer in time. Nothing was counted against your quota.',
  },
} as const satisfies Record<string, ProblemDefinition>

export type ProblemCode = keyof typeof PROBLEMS

export const PROBLEM_CODES = Object.keys(PROBLEMS) as ProblemCode[]
