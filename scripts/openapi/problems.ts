import { nameOf as openAINameOf } from '../../lib/http/openai-error.ts'
import { PROBLEM_CODES, PROBLEMS, type ProblemCode } from '../../lib/http/problems.ts'
import { type HeaderName, headerRefs } from './about.ts'

const text = { type: 'string' } as const

/** Told of a limit that is reached. */
const STANDING = {
  limit: { type: 'integer', description: 'How many the plan allows' },
  used: { type: 'integer', description: 'How many are in use' },
  resetsAt: {
    type: ['string', 'null'],
    format: 'date-time',
    description: 'When a quota begins anew; null when only removing something frees it',
  },
  upgradeUrl: { ...text, description: 'Where a larger plan is to be had' },
} as const

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
    ...STANDING,
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
} satisfies Record<string, unknown>

const name = { type: ['string', 'null'] }

/** The body of a failure under /api/v1, in the form of OpenAI's API. */
export const OPENAI_ERROR_SCHEMA = {
  type: 'object',
  description: 'An error as OpenAI’s API tells it',
  properties: {
    error: {
      type: 'object',
      properties: {
        message: { ...text, description: 'What was wrong this time' },
        type: { ...text, description: 'The kind of error' },
        param: { ...name, description: 'The field at fault, `a[0].b`' },
        code: { ...name, description: 'OpenAI’s name of it, or the provider’s, else the problem’s code' },
        ...STANDING,
      },
      required: ['message', 'type', 'param', 'code'],
      additionalProperties: false,
    },
  },
  required: ['error'],
  additionalProperties: false,
} satisfies Record<string, unknown>

const HEADERS_OF: Partial<Record<ProblemCode, HeaderName>> = {
  unauthenticated: 'WWW-Authenticate',
  range_not_satisfiable: 'Content-Range',
  rate_limited: 'Retry-After',
  quota_exceeded: 'Retry-After',
  unavailable: 'Retry-After',
}

const RATE_LIMIT_HEADERS = ['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'] as const

/** How an operation can fail, and whether it says so in OpenAI's form. */
export type Failures = { codes: Iterable<ProblemCode>; asOpenAI: boolean }

/** Codes an operation can answer with under one status: one response, shared by all that have the same set. */
type ProblemSet = { status: number; codes: ProblemCode[]; asOpenAI: boolean }

/** References to the problem responses of an operation, by status. */
export function problemRefs(failures: Failures): Record<string, { $ref: string }> {
  const refs = toSets(failures).map(set => [set.status, { $ref: `#/components/responses/${nameOf(set)}` }])
  return Object.fromEntries(refs)
}

/** The shared responses that those operations refer to. */
export function problemResponses(failuresOfEach: Failures[]) {
  const named = failuresOfEach.flatMap(toSets).map(set => [nameOf(set), toResponse(set)] as const)
  return Object.fromEntries(named.sort(([a], [b]) => (a < b ? -1 : 1)))
}

function toSets({ codes, asOpenAI }: Failures): ProblemSet[] {
  const possible = new Set(codes)
  const ordered = PROBLEM_CODES.filter(code => possible.has(code))
  return [...Map.groupBy(ordered, code => PROBLEMS[code].status)].map(([status, codes]) => ({
    status,
    codes,
    asOpenAI,
  }))
}

function nameOf({ codes, asOpenAI }: ProblemSet): string {
  return [...(asOpenAI ? ['openai'] : []), ...codes].join('.')
}

function toResponse({ status, codes, asOpenAI }: ProblemSet) {
  const lines = codes.map(code => `\`${code}\`: ${PROBLEMS[code].description}`)
  const own = codes.flatMap(code => HEADERS_OF[code] ?? [])
  const rate = codes.includes('rate_limited') ? RATE_LIMIT_HEADERS : []
  return {
    description: lines.join('\n\n'),
    headers: headerRefs(['X-Request-Id', ...new Set(own), ...rate]),
    content: asOpenAI ? openAIContent(status, codes) : problemContent(status, codes),
  }
}

function problemContent(status: number, codes: ProblemCode[]) {
  const narrowed = { properties: { status: { const: status }, code: { enum: codes } } }
  const schema = { allOf: [{ $ref: '#/components/schemas/Problem' }, narrowed] }
  const examples = Object.fromEntries(codes.map(code => [code, { value: exampleOf(code) }]))
  return { 'application/problem+json': { schema, examples } }
}

function openAIContent(status: number, codes: ProblemCode[]) {
  const examples = codes.map(code => {
    const param = code === 'invalid_input' ? 'messages' : null
    const { type, code: name } = openAINameOf(code, status)
    return [code, { value: { error: { message: PROBLEMS[code].description, type, param, code: name } } }]
  })
  const schema = { $ref: '#/components/schemas/OpenAIError' }
  return { 'application/json': { schema, examples: Object.fromEntries(examples) } }
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
