import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from '../../lib/http/problems.ts'
import { type HeaderName, headerRefs } from './about.ts'

const text = { type: 'string' } as const

/** The body of every failure. Operations narrow `code` to those they can answer with. */
export const PROBLEM_SCHEMA = {
  type: 'object',
  description: 'An RFC 9457 problem document',
  properties: {
    type: { ...text, format: 'uri', description: 'Where this code is explained' },
    title: { ...text, description: 'The code in words' },
    status: { type: 'integer', description: 'The HTTP status' },
    detail: { ...text, description: 'What was wrong this time' },
    code: { ...text, enum: PROBLEM_CODES, description: 'What a program decides by' },
    requestId: { ...text, description: 'Names this request in our logs' },
    errors: {
      type: 'array',
      description: 'The faults of the input',
      items: {
        type: 'object',
        properties: { path: { ...text, description: 'The field, `a.0.b`' }, message: text },
        required: ['path', 'message'],
      },
    },
    limit: { type: 'integer', description: 'How many the plan allows' },
    used: { type: 'integer', description: 'How many are in use' },
    resetsAt: {
      type: ['string', 'null'],
      format: 'date-time',
      description: 'When a quota begins anew; null when only removing something frees it',
    },
    upgradeUrl: { ...text, description: 'Where a larger plan is to be had' },
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
} satisfies Record<string, unknown>

const HEADERS_OF: Partial<Record<ProblemCode, HeaderName>> = {
  unauthenticated: 'WWW-Authenticate',
  range_not_satisfiable: 'Content-Range',
  rate_limited: 'Retry-After',
  quota_exceeded: 'Retry-After',
  unavailable: 'Retry-After',
}

const RATE_LIMIT_HEADERS = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'] as const

/** Codes an operation can answer with under one status: one response, shared by all that have the same set. */
type ProblemSet = { status: number; codes: ProblemCode[] }

/** References to the problem responses of an operation, by status. */
export function problemRefs(codes: Iterable<ProblemCode>): Record<string, { $ref: string }> {
  const refs = toSets(codes).map(set => [set.status, { $ref: `#/components/responses/${nameOf(set)}` }])
  return Object.fromEntries(refs)
}

/** The shared responses that those operations refer to. */
export function problemResponses(codesOfEach: Iterable<ProblemCode>[]) {
  const named = codesOfEach.flatMap(toSets).map(set => [nameOf(set), toResponse(set)] as const)
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function toSets(codes: Iterable<ProblemCode>): ProblemSet[] {
  const possible = new Set(codes)
  const ordered = PROBLEM_CODES.filter(code => possible.has(code))
  return [...Map.groupBy(ordered, code => PROBLEMS[code].status)].map(([status, codes]) => ({
    status,
    codes,
  }))
}

function nameOf({ codes }: ProblemSet): string {
  return codes.join('.')
}

function toResponse({ status, codes }: ProblemSet) {
  const lines = codes.map(code => `\`${code}\`: ${PROBLEMS[code].description}`)
  const own = codes.flatMap(code => HEADERS_OF[code] ?? [])
  const rate = codes.includes('rate_limited') ? RATE_LIMIT_HEADERS : []
  const narrowed = { properties: { status: { const: status }, code: { enum: codes } } }
  return {
    description: lines.join('\n\n'),
    headers: headerRefs(['X-Request-Id', ...new Set(own), ...rate]),
    content: {
      'application/problem+json': {
        schema: { allOf: [{ $ref: '#/components/schemas/Problem' }, narrowed] },
        examples: Object.fromEntries(codes.map(code => [code, { value: exampleOf(code) }])),
      },
    },
  }
}

function exampleOf(code: ProblemCode) {
  const { status, title, description } = PROBLEMS[code]
  return {
    type: `https://api.example.com/docs/problems#${code}`,
    title,
    status,
    detail: description,
    code,
    requestId: '3c9de1c4-6f0a-4a55-9d0f-0d3c1f4f7a10',
    ...(code === 'invalid_input' && { errors: [{ path: 'colour', message: 'Unknown field' }] }),
  }
}
