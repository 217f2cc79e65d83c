import type { OpenAI } from 'openai'
import { AppError, InvalidInput } from '../../errors.ts'
import { log } from '../../log.ts'
import { withoutSecrets } from '../../secrets.ts'
import type { Provider } from '../providers.ts'

/** What was asked for, so that the right one is blamed when the provider refuses it. */
export type Asked = {
  model: string
  /** The caller's own fields by the parameters they became. What is not here we chose ourselves. */
  fields: Readonly<Record<string, string>>
}

type Refusal = InstanceType<typeof OpenAI.APIError>

const CALLERS_FAULT: readonly unknown[] = [400, 404, 413, 422]
const TOO_LONG = /context.?length|context window|too long|token count.*exceeds|reduce the length/i
const CREDENTIALS = /api.?key/i
const MAX_REASON_CHARS = 500

export function timedOut({ name }: Provider, cause: unknown): AppError {
  return new AppError('provider_timeout', `${name} did not answer in time.`, {}, { cause })
}

/** What failed, said to the caller: what is theirs to mend as invalid input, anything else as a bad gateway. */
export async function asProblem(provider: Provider, cause: unknown, asked?: Asked): Promise<AppError> {
  const { OpenAI } = await import('openai')
  if (cause instanceof AppError) return cause
  if (cause instanceof OpenAI.APIConnectionTimeoutError) return timedOut(provider, cause)
  if (!(cause instanceof OpenAI.APIError)) return failed(provider, cause)
  const field = isCallersFault(cause) ? fieldAtFault(cause, asked) : undefined
  if (field === undefined) return failed(provider, cause, asked)
  return new InvalidInput([{ path: field, message: toldTo(provider, cause) }])
}

/** Gemini answers 400 to a wrong key; what is no JSON is no provider's word but a gateway's. */
function isCallersFault(refusal: Refusal): boolean {
  if (!CALLERS_FAULT.includes(refusal.status)) return false
  if (refusal.status !== 413 && typeof refusal.error !== 'object') return false
  return !CREDENTIALS.test(reasonOf(refusal))
}

function fieldAtFault(refusal: Refusal, asked: Asked | undefined): string | undefined {
  const param = paramOf(refusal)
  if (!asked) return param ?? 'model'
  const { fields } = asked
  if (isTooLong(refusal)) return fields.messages ?? fields.input
  if (param !== undefined) return Object.hasOwn(fields, param) ? fields[param] : undefined
  const reason = reasonOf(refusal)
  const named = Object.keys(fields).find(
    name => name !== 'model' && new RegExp(`\\b${name}\\b`, 'i').test(reason),
  )
  return fields[named ?? 'model']
}

function toldTo({ name }: Provider, refusal: Refusal): string {
  if (isTooLong(refusal)) return 'Longer than the model can read; send less'
  return `${name} refused the request: ${reasonOf(refusal)}`
}

function isTooLong(refusal: Refusal): boolean {
  if (refusal.code === 'context_length_exceeded' || refusal.status === 413) return true
  const isAboutTexts = ['messages', 'input', undefined].includes(paramOf(refusal))
  return isAboutTexts && TOO_LONG.test(reasonOf(refusal))
}

/** `messages` of `messages.[0].content`. */
function paramOf({ param }: Refusal): string | undefined {
  return typeof param === 'string' ? param.split(/[.[]/)[0] || undefined : undefined
}

/** The provider's own words, which may repeat the key. Gemini wraps its error in an array. */
function reasonOf({ error, message }: Refusal): string {
  const said = [error].flat()[0] as { message?: unknown; error?: { message?: unknown } } | undefined
  const text = said?.message ?? said?.error?.message ?? message
  return withoutSecrets(typeof text === 'string' ? text : message)
    .slice(0, MAX_REASON_CHARS)
    .toWellFormed()
}

function failed({ name }: Provider, cause: unknown, asked?: Asked): AppError {
  const { status, code, param, requestID } = (cause ?? {}) as Partial<Refusal>
  const facts = { provider: name, model: asked?.model, status, code, param, requestID }
  const isOurs = status !== undefined && status < 500 && status !== 429
  if (isOurs) log().error(facts, 'an AI provider refuses how it is asked: see its settings and the model')
  else log().warn(facts, 'an AI provider failed')
  return new AppError(
    'provider_error',
    `${name} failed${status ? ` with status ${status}` : ''}.`,
    {},
    { cause },
  )
}
