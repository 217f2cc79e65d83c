import { soundConfig } from '../config.ts'
import { AppError } from '../errors.ts'
import { log } from '../log.ts'
import type { Exchange } from './exchange.ts'
import { openAIError, openAIHeaders, speaksOpenAI } from './openai-error.ts'
import { PROBLEMS } from './problems.ts'

const UNAVAILABLE_RETRY_SECONDS = 2

/** An error as it is told to a client. */
export type Problem = { status: number; headers: Record<string, string>; body: object }

/** Answers an error: one of ours by its code, any other as a bare 500 that tells nothing but its request id. */
export function problemResponse(exchange: Exchange, error: unknown): Response {
  const { status, headers, body } = problemOf(exchange, error)
  return new Response(JSON.stringify(body), { status, headers })
}

/** The problem that an error is, logged if it is our fault; under /api/v1 in OpenAI's form. */
export function problemOf(exchange: Exchange, error: unknown): Problem {
  const known =
    error instanceof AppError ? error : new AppError('internal', 'Something went wrong on our side.')
  const { status, title } = PROBLEMS[known.code]
  if (status >= 500)
    log().error({ err: error, requestId: exchange.requestId, code: known.code }, 'request failed')
  const { retryAfterSeconds, size, ...members } = known.extras
  const told = headersOf(known, retryAfterSeconds, size)
  if (speaksOpenAI(exchange.url.pathname)) {
    const headers = { 'Content-Type': 'application/json', ...told, ...openAIHeaders(known) }
    return { status, headers, body: openAIError(known, status) }
  }
  const body = {
    type: problemType(exchange, known.code),
    title,
    status,
    detail: known.message,
    code: known.code,
    requestId: exchange.requestId,
    ...members,
  }
  const headers = { 'Content-Type': 'application/problem+json', ...told }
  return { status, headers, body }
}

function headersOf(error: AppError, retryAfterSeconds?: number, size?: number): Record<string, string> {
  const retryAfter =
    retryAfterSeconds ?? (error.code === 'unavailable' ? UNAVAILABLE_RETRY_SECONDS : undefined)
  return {
    ...(error.code === 'unauthenticated' && { 'WWW-Authenticate': 'Bearer' }),
    ...(retryAfter !== undefined && { 'Retry-After': String(retryAfter) }),
    ...(size !== undefined && { 'Content-Range': `bytes */${size}` }),
  }
}

function problemType(exchange: Exchange, code: string): string {
  return new URL(`/docs/problems#${code}`, soundConfig()?.PUBLIC_URL ?? exchange.url.origin).href
}
