import { STATUS_CODES } from 'node:http'
import { z } from 'zod'
import type {
  ZodOpenApiOperationObject,
  ZodOpenApiRequestBodyObject,
  ZodOpenApiResponseObject,
} from 'zod-openapi'
import type { CallerKind } from '../../lib/auth/caller.ts'
import {
  type BinaryResponse,
  type Contract,
  canBeKeyed,
  isBinary,
  problemsOf,
} from '../../lib/http/contract.ts'
import { headerRefs } from './about.ts'

type Requirement = Record<string, string[]>

const REQUIREMENTS: Record<CallerKind, Requirement[]> = {
  user: [{ sessionToken: [] }],
  admin: [{ sessionToken: [] }],
  key: [{ apiKey: [] }, { apiKeyHeader: [] }],
  cron: [{ cronSecret: [] }],
  visitor: [{}],
}

const CALLER_WORDS: Record<CallerKind, string> = {
  user: 'signed-in people',
  admin: 'admins',
  key: 'API keys',
  cron: 'the scheduler',
  visitor: 'visitors',
}

const BODILESS = [204, 304]

/** Request headers of an operation that can be retried safely. */
const KEYED_HEADERS = z.object({
  'Idempotency-Key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional()
    .meta({ description: 'Makes a retry safe: the same key gets the first answer for 24 hours' }),
})

/** One contract as an operation, without its problems and its action. */
export function draftOperation(contract: Contract): ZodOpenApiOperationObject {
  const { id, tag, summary, params, query, callers, responses } = contract
  const header = canBeKeyed(contract) ? KEYED_HEADERS : undefined
  const requestBody = requestBodyOf(contract)
  const headers = headersOf(contract)
  const answers = Object.entries(responses).map(([status, response]) => [
    status,
    { ...withOtherForms(contract, Number(status), responseOf(Number(status), response)), headers },
  ])
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: describe(contract),
    ...((params || query || header) && {
      requestParams: { ...(params && { path: params }), ...(query && { query }), ...(header && { header }) },
    }),
    ...(requestBody && { requestBody }),
    responses: Object.fromEntries(answers),
    security: callers.flatMap(kind => REQUIREMENTS[kind]),
  }
}

function describe({ description, callers }: Contract): string {
  const who = callers.length > 0 && `**Callers:** ${callers.map(kind => CALLER_WORDS[kind]).join(', ')}.`
  return [description, who].filter(Boolean).join('\n\n')
}

function headersOf(contract: Contract) {
  const limited = problemsOf(contract).includes('rate_limited')
  return headerRefs([
    'X-Request-Id',
    ...(limited ? (['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'] as const) : []),
    ...(canBeKeyed(contract) ? (['Idempotency-Replayed'] as const) : []),
  ])
}

function requestBodyOf({ body, raw, upload }: Contract): ZodOpenApiRequestBodyObject | undefined {
  if (body)
    return { required: !body.safeParse({}).success, content: { 'application/json': { schema: body } } }
  if (raw) {
    const schema = { type: 'object', description: raw.description } as const
    return { required: true, content: { [raw.contentType]: { schema } } }
  }
  if (!upload) return undefined
  const file = z.file().meta({ description: 'The file', override: { contentEncoding: undefined } })
  const schema = z.strictObject({ [upload.fileField]: file, ...upload.fields.shape })
  return { required: true, content: { 'multipart/form-data': { schema } } }
}

/** The 200 of an operation with the forms it can take beside JSON, for which OpenAPI 3.1 has no schema. */
function withOtherForms(
  { streams, table }: Contract,
  status: number,
  response: ZodOpenApiResponseObject,
): ZodOpenApiResponseObject {
  if (status !== 200) return response
  const events = streams && ({ schema: { type: 'string', ...EVENT_STREAMS[streams] } } as const)
  const content = {
    ...response.content,
    ...(events && { 'text/event-stream': events }),
    ...(table && { 'text/csv': { schema: TABLE } }),
  }
  return { ...response, content }
}

const TABLE = {
  type: 'string',
  description:
    'With `Accept: text/csv`. The whole list, whatever `limit` and `cursor`, one row each under a row of names.',
} as const

const EVENT_STREAMS = {
  named: {
    description:
      'With `stream: true`. Events `delta` with a piece of the text as `{ "content": … }`, then one `completed` with the JSON answer, or one `error` with a problem. Comments fill a silence.',
    examples: [
      'event: delta\ndata: {"content":"Good"}\n\nevent: delta\ndata: {"content":" day"}\n\nevent: completed\ndata: {…}\n\n',
    ],
  },
  openai: {
    description:
      'With `stream: true`. One `data:` line for each `chat.completion.chunk`, then `data: [DONE]`. A failure on the way is one `data:` line with an `OpenAIError`. Comments fill a silence.',
    examples: [
      'data: {"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":"Good"},"finish_reason":null}]}\n\ndata: [DONE]\n\n',
    ],
  },
}

function responseOf(status: number, response: z.ZodType | BinaryResponse): ZodOpenApiResponseObject {
  const binary = isBinary(response)
  const description = (binary ? response.description : STATUS_CODES[status]) ?? String(status)
  if (BODILESS.includes(status)) return { description }
  if (!binary) return { description, content: { 'application/json': { schema: response } } }
  const schema = { type: 'string', format: 'binary' } as const
  return { description, content: { [response.contentType]: { schema } } }
}
