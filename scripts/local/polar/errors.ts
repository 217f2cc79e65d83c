import type { z } from 'zod'

/** Polar's answer to a missing or wrong access token. */
export function unauthorized(): Response {
  const error_description = 'The access token provided is expired, revoked, malformed, or invalid.'
  return Response.json({ error: 'invalid_token', error_description }, { status: 401 })
}

/** Polar's answer for an object that isn't there. */
export function notFound(): Response {
  return Response.json({ error: 'ResourceNotFound', detail: 'Not found' }, { status: 404 })
}

export type Issue = { loc: (string | number)[]; msg: string; type: string }

/** Polar's answer to input that breaks its schema. */
export function unprocessable(...issues: Issue[]): Response {
  return Response.json({ error: 'RequestValidationError', detail: issues }, { status: 422 })
}

/** The same, for what a schema found wrong in that part of the request. */
export function invalidInput(part: 'body' | 'query', error: z.ZodError): Response {
  return unprocessable(
    ...error.issues.map(({ path, message, code }) => ({
      loc: [part, ...path.filter(step => typeof step !== 'symbol')],
      msg: message,
      type: code,
    })),
  )
}
