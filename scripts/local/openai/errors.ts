import type { z } from 'zod'

/** An error as OpenAI answers it. */
export function openAIError(
  status: number,
  message: string,
  details: { type?: string; param?: string | null; code?: string | null } = {},
): Response {
  const { type = 'invalid_request_error', param = null, code = null } = details
  return Response.json({ error: { message, type, param, code } }, { status })
}

/** The 400 for input that breaks the request's schema, naming the first offending parameter. */
export function invalidRequest(error: z.ZodError): Response {
  const issue = error.issues[0]
  const param = issue?.path.join('.') || null
  return openAIError(400, `Invalid request: ${param ?? 'body'}: ${issue?.message}`, { param })
}

/** A failure the provider is said to have, for tests of what happens then. */
export function providerFailure(status: number): Response {
  if (status === 429) {
    const response = openAIError(429, 'Rate limit reached', { type: 'requests', code: 'rate_limit_exceeded' })
    // So that the SDK's own retries don't slow the tests down.
    response.headers.set('retry-after-ms', '10')
    return response
  }
  if (status < 500) return openAIError(status, `The request failed with status ${status}`)
  const response = openAIError(status, 'The server had an error', { type: 'server_error' })
  response.headers.set('retry-after-ms', '10')
  return response
}
