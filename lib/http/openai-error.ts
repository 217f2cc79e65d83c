import type { AppError } from '../errors.ts'
import type { ProblemCode } from './problems.ts'

/** An error as OpenAI's API tells it, so that its clients understand it. */
export type OpenAIError = {
  error: { message: string; type: string; param: string | null; code: string | null }
}

type Name = { type: string; code: string }

/** What OpenAI calls the failures for which its clients and their users look by name. */
const NAMES: Partial<Record<ProblemCode, Name>> = {
  unauthenticated: { type: 'invalid_request_error', code: 'invalid_api_key' },
  rate_limited: { type: 'requests', code: 'rate_limit_exceeded' },
  quota_exceeded: { type: 'insufficient_quota', code: 'insufficient_quota' },
}

/** Whether a path answers in OpenAI's form, errors included. */
export function speaksOpenAI(pathname: string): boolean {
  return pathname === '/api/v1' || pathname.startsWith('/api/v1/')
}

/** `code` is OpenAI's where it has one, else the problem's own. */
export function nameOf(code: ProblemCode, status: number): Name {
  return NAMES[code] ?? { type: status >= 500 ? 'server_error' : 'invalid_request_error', code }
}

export function openAIError({ code: problem, message, extras }: AppError, status: number): OpenAIError {
  const { type, code } = nameOf(problem, status)
  const param = extras.errors?.[0]?.path || null
  return { error: { message, type, param, code: extras.reason ?? code } }
}

/** OpenAI's clients try again on every 429 unless told that it is of no use. */
export function openAIHeaders({ code }: AppError): Record<string, string> {
  return code === 'quota_exceeded' || code === 'not_configured' ? { 'X-Should-Retry': 'false' } : {}
}
