import { z } from 'zod'
import { type Contract, contract } from '../../../lib/http/contract.ts'
import type { RouteHandler } from '../../../lib/http/methods.ts'
import { ok, route } from '../../../lib/route.ts'
import { type Answer, origin } from '../../helpers/call.ts'

type Asked = RequestInit & { json?: unknown; duplex?: 'half' }

/** Sends a request straight to a handler and reads its answer. */
export async function ask(
  handler: (request: Request) => Promise<Response>,
  path: string,
  { json, ...init }: Asked = {},
): Promise<Answer> {
  const headers = new Headers(init.headers)
  if (json !== undefined) headers.set('Content-Type', 'application/json')
  const body = json === undefined ? init.body : JSON.stringify(json)
  const request = new Request(new URL(path, origin), {
    ...init,
    headers,
    ...(body !== undefined && { body }),
  })
  const response = await handler(request)
  const text = await response.text()
  const isJson = text !== '' && /json/.test(response.headers.get('content-type') ?? '')
  return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text }
}

/** A GET route open to all whose handler is `work`. */
export function openRoute(work: () => Promise<unknown>, extra: Partial<Contract> = {}): RouteHandler {
  const operation = contract({
    id: 'probe',
    method: 'GET',
    path: '/api/probe',
    tag: 'Test',
    summary: 'For tests',
    callers: [],
    database: false,
    responses: { 200: z.object({ done: z.literal(true) }) },
    ...extra,
  })
  return route(operation, async () => ok((await work()) as { done: true }))
}

/** A POST route open to all that answers with the body it understood. */
export function echoRoute(body: z.ZodType, extra: Partial<Contract> = {}): RouteHandler {
  const operation = contract({
    id: 'echo',
    method: 'POST',
    path: '/api/echo',
    tag: 'Test',
    summary: 'For tests',
    callers: [],
    database: false,
    responses: { 200: z.object({ body: z.unknown(), query: z.unknown(), params: z.unknown() }) },
    ...extra,
    body,
  })
  return route(operation, async input => {
    const { body, query, params } = input as unknown as Record<'body' | 'query' | 'params', unknown>
    return ok({ body, query, params })
  })
}
