/** What the document says about the API as a whole. */
export const DESCRIPTION = `
A multi-tenant API for AI assistants that answer from your own files. JSON in and out; ids are strings of 24 hex
digits, times are ISO 8601 in UTC. Unknown body fields are refused.

## Authentication

- **A signed-in person** sends \`Authorization: Bearer <session token>\`, or the \`__session\` cookie from an
  allowed origin.
- **Your server** sends \`Authorization: Bearer tc_live_…\` or \`X-API-Key: tc_live_…\`.
- **A visitor** sends nothing and is counted by IP address.

Each operation names its callers. A credential that is malformed, expired or revoked is refused with 401; its bearer
is never treated as a visitor. Everything belongs to one tenant: somebody else's object is a 404.

## Problems

Every failure is an [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) document of type \`application/problem+json\`.
Decide by its \`code\`; [all codes are explained here](/docs/problems). For wrong input, \`errors\` names each field.
Under \`/api/v1\` errors have OpenAI's shape instead, as its clients expect, and unknown body fields are passed on.

## Retries

Send an \`Idempotency-Key\` (any string of up to 255 visible ASCII characters, say a UUID) with a POST, and send the
same key again when you are not sure whether it arrived. For 24 hours the same request gets the first answer, with
\`Idempotency-Replayed: true\`; another request under that key is refused with 422. While the first is running, a
retry gets 409. Answers of 5xx and 429 are not remembered. A visitor's key has no effect.

## Lists

A list takes \`limit\` (1–100, default 20) and \`cursor\`, and answers \`{ "data": [], "nextCursor": null }\`. Pass
\`nextCursor\` on as \`cursor\` until it is null. Cursors are opaque.

## Limits

Each plan has [its limits](/docs/plans). Counted answers carry \`RateLimit-Limit\`, \`RateLimit-Remaining\` and
\`RateLimit-Reset\` (seconds until the minute ends). A 429 carries \`Retry-After\`.

## Request ids

Every answer carries \`X-Request-Id\`. Send your own (up to 128 letters, digits and \`_.:-\`) to have it echoed, and
quote it when you report a fault. \`Server-Timing\` tells where the time went.
`.trim()

/** Each tag of the contracts, in the order of the reference, with what it holds. */
export const TAGS: Record<string, string> = {
  Identity: 'Who the caller is, and the users that Clerk reports.',
  'API keys': 'Keys for your servers. Only a signed-in person manages them.',
  AI: 'Answers of language models, from your files where you ask for it.',
  'OpenAI-compatible': 'Chat, embeddings and models in OpenAI’s own wire format, for its unmodified clients.',
  Conversations: 'What was said, to read on and to tidy up.',
  Knowledge: 'Files that are cut, embedded and searched by meaning.',
  Usage: 'What a tenant has used, and what it cost.',
  Billing: 'Plans and subscriptions, kept in step with Polar.',
  Forms: 'What visitors of a website send: contact and demo forms, and feedback.',
  Analytics: 'Events of your own product, counted.',
  Admin: 'What only admins may see and do.',
  Maintenance: 'What the scheduler calls.',
  Health: 'Whether the service works.',
}

export const SECURITY_SCHEMES = {
  sessionToken: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The session token of a signed-in person, issued by Clerk.',
  },
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'tc_live_…',
    description: 'An API key in the Authorization header.',
  },
  apiKeyHeader: {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'An API key in a header of its own.',
  },
  cronSecret: { type: 'http', scheme: 'bearer', description: 'The secret of the scheduler.' },
} as const

const text = { type: 'string' } as const
const whole = { type: 'integer', minimum: 0 } as const

/** Response headers that operations refer to. */
export const HEADERS = {
  'X-Request-Id': { description: 'Names this request in our logs', schema: text },
  'RateLimit-Limit': { description: 'Requests allowed in a minute', schema: whole },
  'RateLimit-Remaining': { description: 'Requests left in this minute', schema: whole },
  'RateLimit-Reset': { description: 'Seconds until the minute ends', schema: whole },
  'Retry-After': { description: 'Seconds to wait before the next try', schema: whole },
  'WWW-Authenticate': { description: 'The scheme to authenticate with', schema: text },
  'Idempotency-Replayed': {
    description: '`true` when this is the answer of an earlier request with the same Idempotency-Key',
    schema: { type: 'string', const: 'true' },
  },
  'Content-Range': { description: 'The size of the whole file', schema: text },
} as const

export type HeaderName = keyof typeof HEADERS

/** References to those headers, as a response lists them. */
export function headerRefs(names: readonly HeaderName[]) {
  return Object.fromEntries(names.map(name => [name, { $ref: `#/components/headers/${name}` }]))
}
