import { AppError, InvalidInput } from '../errors.ts'
import type { Contract, Method } from './contract.ts'
import { preflightHeaders } from './cors.ts'
import { beginExchange, finish } from './exchange.ts'
import { problemResponse } from './problem-response.ts'

/** An exported method of a route file, with the contracts it serves. */
export type RouteHandler = ((request: Request) => Promise<Response>) & { contracts: readonly Contract[] }

type AnyMethod = Method | 'HEAD' | 'OPTIONS'
const ALL_METHODS: readonly AnyMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

type PlainHandler = (request: Request) => Promise<Response>

/**
 * The methods a route file does not declare: OPTIONS answers preflights, HEAD follows GET, the others answer
 * 405 with Allow. Exported beside the declared ones, because the platform's own answer for a missing export
 * is no problem document.
 */
export function otherMethods<M extends Method>(
  declared: Record<M, RouteHandler>,
): Record<Exclude<AnyMethod, M>, PlainHandler> {
  const names = Object.keys(declared) as Method[]
  const get = (declared as Partial<Record<Method, RouteHandler>>).GET
  const allowed: AnyMethod[] = [...names, ...(get ? (['HEAD'] as const) : []), 'OPTIONS']
  const others = ALL_METHODS.filter(method => !names.includes(method as Method))
  const handlers = others.map(method => {
    if (method === 'OPTIONS') return [method, (request: Request) => preflight(request, allowed)] as const
    if (method === 'HEAD' && get) return [method, (request: Request) => withoutBody(get, request)] as const
    return [method, (request: Request) => refuseMethod(request, allowed)] as const
  })
  return Object.fromEntries(handlers) as Record<Exclude<AnyMethod, M>, PlainHandler>
}

/**
 * One method and path whose operations `?action=` tells apart; the operation without an action, if there is
 * one, serves requests that name none.
 */
export function byAction(...handlers: RouteHandler[]): RouteHandler {
  const contracts = handlers.flatMap(handler => handler.contracts)
  const byName = new Map(handlers.map(handler => [handler.contracts[0]?.action, handler]))
  const handle = async (request: Request): Promise<Response> => {
    const named = new URL(request.url).searchParams.get('action') ?? undefined
    const handler = byName.get(named)
    if (handler) return handler(request)
    const known = [...byName.keys()].filter(name => name !== undefined).join(', ')
    return refuse(request, new InvalidInput([{ path: 'action', message: `Must be one of: ${known}` }]))
  }
  return Object.assign(handle, { contracts })
}

/** Answers a request with a problem, outside any contract. */
export async function refuse(request: Request, error: AppError): Promise<Response> {
  const exchange = beginExchange(request)
  return finish(exchange, problemResponse(exchange, error))
}

async function refuseMethod(request: Request, allowed: readonly AnyMethod[]): Promise<Response> {
  const response = await refuse(request, new AppError('method_not_allowed', `Use ${allowed.join(', ')}.`))
  response.headers.set('Allow', allowed.join(', '))
  return response
}

async function preflight(request: Request, allowed: readonly AnyMethod[]): Promise<Response> {
  return finish(
    beginExchange(request),
    new Response(null, { status: 204, headers: preflightHeaders(allowed) }),
  )
}

async function withoutBody(get: RouteHandler, request: Request): Promise<Response> {
  const response = await get(request)
  await response.body?.cancel()
  return new Response(null, { status: response.status, headers: response.headers })
}
