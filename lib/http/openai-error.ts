import type { AppError, ErrorExtras } from '../errors.ts'
import type { ProblemCode } from './problems.ts'

/** An error as OpenAI's API tells it, so that its clients understand it. */
export type OpenAIError = {
  error: { message: string; type: string; param: string | null; code: string | null } & Standing
}

/** Where a caller stands that has reached a limit. OpenAI's clients show what they do not know. */
type Standing = Pick<ErrorExtras, 'limit' | 'used' | 'resetsAt' | 'upgradeUrl'>

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
  const { errors, reason, limit, used, resetsAt, upgradeUrl } = extras
  const standing = limit === undefined ? {} : { limit, used, resetsAt, upgradeUrl }
  const param = inBrackets(errors?.[0]?.path ?? '') || null
  return { error: { message, type, param, code: reason ?? code, ...standing } as OpenAIError['error'] }
}

/** A path as OpenAI writes it: `messages[0].role`. */
function inBrackets(path: string): string {
  return path.replace(/\.(\d+)(?=\.|$)/g, '[$1]')
}

/** OpenAI's clients try again on every 429 unless told that it is of no use. */
export function openAIHeaders({ code }: AppError): Record<string, string> {
  return code === 'quota_exceeded' || code === 'not_configured' ? { 'X-Should-Retry': 'false' } : {}
}
