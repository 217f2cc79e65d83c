import { z } from 'zod'
import { AppError } from '../errors.ts'

/** Polar's own answer for an object that is not there; any other 404 comes from a wrong address. */
const notFound = z.object({
  statusCode: z.literal(404),
  error: z.object({ error: z.literal('ResourceNotFound') }),
})

/** Polar's answer to input that breaks a rule; `loc` leads to the field. */
const invalid = z.object({
  statusCode: z.literal(422),
  error: z.object({ detail: z.array(z.object({ loc: z.array(z.union([z.string(), z.number()])) })) }),
})

/** Fields that name an object: refused, there is no such one. */
const IDS = new Set(['id', 'external_id', 'customer_id', 'external_customer_id'])

/** Whether a failed question means that Polar has no such object. */
export function isAbsent(error: unknown): boolean {
  if (notFound.safeParse(causeOf(error)).success) return true
  const fields = refusedFields(error)
  return fields.length > 0 && fields.every(field => IDS.has(field))
}

/** The names of the fields that Polar refused; none when it failed otherwise. */
export function refusedFields(error: unknown): string[] {
  const issues = invalid.safeParse(causeOf(error)).data?.error.detail ?? []
  return issues.map(({ loc }) => String(loc.findLast(step => typeof step === 'string') ?? ''))
}

/** The status with which Polar refused the access token or a scope of it; null when it failed otherwise. */
export function refusalStatus(cause: unknown): 401 | 403 | null {
  const status = cause instanceof Error && 'statusCode' in cause ? cause.statusCode : null
  return status === 401 || status === 403 ? status : null
}

/**
 * Whether a failed question means that Polar answers nobody just now: no answer in time, its own failure, a
 * rate limit, or a token it refuses. Any other answer may be about this question alone.
 */
export function isPolarAway(error: unknown): boolean {
  if (!(error instanceof AppError) || error.code !== 'unavailable') return false
  const { cause } = error
  return refusalStatus(cause) !== null || (mayPass(cause) && !(cause instanceof z.ZodError))
}

/** Whether another try may succeed where this one failed: always, except after a refusal. */
export function mayPass(error: unknown): boolean {
  return !(error instanceof Error && 'statusCode' in error) || error.statusCode === 429
}

/** Milliseconds that Polar asked to wait before another try; 0 when it did not say, or not in seconds. */
export function waitAskedFor(error: unknown): number {
  const seconds = error instanceof Error && 'retryAfter' in error ? Number(error.retryAfter) : 0
  return Number.isFinite(seconds) ? seconds * 1000 : 0
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}
