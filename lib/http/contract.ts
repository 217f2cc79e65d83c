import type { z } from 'zod'
import type { CallerKind } from '../auth/caller.ts'
import type { ConfigName } from '../config.ts'
import type { ProblemCode } from './problems.ts'

/** Most bytes of a body for a model: Vercel takes 4.5 MB. */
export const MAX_AI_BODY_BYTES = 4 * 1024 * 1024

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** A response whose body is bytes, passed on as they are. */
export type BinaryResponse = { binary: true; contentType: string; description: string }

/** A body read as it is, for deliveries whose signature covers the exact bytes. */
export type RawBody = { contentType: string; description: string }

/** A multipart body: one file, streamed, and small text fields beside it. */
export type UploadBody = { fileField: string; fields: z.ZodObject }

/** One operation of the API: the wrapper enforces it, the OpenAPI document is built from it. */
export type Contract = {
  /** operationId: unique, in camelCase. */
  id: string
  method: Method
  /** Path template, `/api/files/{id}`. */
  path: string
  /** The value of `?action=` that selects this operation, where several share a method and path. */
  action?: string
  tag: string
  summary: string
  description?: string
  /** Who may call. Empty: nobody is asked who they are. */
  callers: readonly CallerKind[]
  params?: z.ZodObject
  query?: z.ZodObject
  body?: z.ZodType
  raw?: RawBody
  upload?: UploadBody
  responses: Readonly<Record<number, z.ZodType | BinaryResponse>>
  /** Problems beside those that follow from callers, inputs and limits. */
  problems?: readonly ProblemCode[]
  /** Settings without which the operation answers 503 `not_configured`. */
  needs?: readonly ConfigName[]
  /**
   * The handler does nothing but one transaction: with an Idempotency-Key its result is committed together
   * with its effect.
   */
  atomic?: true
  /**
   * The 200 can also be told as server-sent events: `named` ones that end with `completed` or `error`, or in
   * OpenAI's form, which ends with `[DONE]`.
   */
  streams?: 'named' | 'openai'
  /** The 200 can also be the whole list as a CSV table, for who accepts `text/csv` rather than JSON. */
  table?: true
  /** Most bytes of a JSON body, where the common bound does not do. */
  maxBodyBytes?: number
  /** False for an operation that must answer while the database is away. */
  database?: false
  /** Requests a minute and address that a visitor may make. Absent: visitors are not counted. */
  visitorsPerMinute?: number
  /** Query parameters that are part of the endpoint's name in the usage log. */
  loggedQuery?: readonly string[]
}

/** Declares a contract, keeping its exact types. */
export function contract<const C extends Contract>(definition: C): C {
  return definition
}

export function isBinary(response: z.ZodType | BinaryResponse): response is BinaryResponse {
  return 'binary' in response
}

const AUTHENTICATED: readonly CallerKind[] = ['user', 'key', 'admin']

/** Whether an Idempotency-Key means something: on a POST whose caller is known. */
export function canBeKeyed({ method, callers }: Contract): boolean {
  return method === 'POST' && callers.some(kind => AUTHENTICATED.includes(kind))
}

/** The problem codes an operation can answer with: its own and those that its shape implies. */
export function problemsOf(operation: Contract): ProblemCode[] {
  const codes = new Set<ProblemCode>(['internal', ...(operation.problems ?? [])])
  if (operation.params || operation.query || operation.body || operation.upload || operation.action)
    codes.add('invalid_input')
  if (operation.params) codes.add('not_found')
  if (operation.callers.some(kind => kind !== 'visitor')) codes.add('unauthenticated')
  if (operation.callers.some(kind => AUTHENTICATED.includes(kind))) {
    for (const code of ['account_inactive', 'forbidden', 'rate_limited'] as const) codes.add(code)
  }
  if (canBeKeyed(operation)) {
    for (const code of ['invalid_input', 'conflict', 'idempotency_mismatch'] as const) codes.add(code)
  }
  if (operation.visitorsPerMinute) codes.add('rate_limited')
  if (operation.body || operation.raw || operation.upload) {
    for (const code of ['too_large', 'unsupported_media_type'] as const) codes.add(code)
  }
  if (operation.database !== false) codes.add('unavailable').add('not_configured')
  if (operation.needs) codes.add('not_configured')
  return [...codes]
}
