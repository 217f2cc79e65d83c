import { AppError, InvalidInput, NotFound } from '../errors.ts'
import { withAddressOf } from './client-ip.ts'
import type { Contract, Method } from './contract.ts'
import { preflightHeaders } from './cors.ts'
import { beginExchange, finish } from './exchange.ts'
import { problemResponse } from './problem-response.ts'

/** An exported method of a route file, with the contracts it serves. */
export type RouteHandler = ((request: Request) => Promise<Response>) & { contracts: readonly Contract[] }

type AnyMethod = Method | 'HEAD' | 'OPTIONS'
const ALL_METHODS: readonly AnyMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS']

type Answer = (request: Request) => Promise<Response>
/** A method that no contract declares. */
export type StandIn = Answer & { isStandIn: true }

/**
 * The methods a route file does not declare: OPTIONS answers preflights, HEAD follows GET, the others answer
 * 405 with Allow. Exported beside the declared ones, because the platform's own answer for a missing export
 * is no problem document.
 */
export function otherMethods<M extends Method>(
  declared: Record<M, RouteHandler>,
): Record<Exclude<AnyMethod, M>, StandIn> {
  const names = Object.keys(declared) as Method[]
  const get = (declared as Partial<Record<Method, RouteHandler>>).GET
  const allowed: AnyMethod[] = [...names, ...(get ? (['HEAD'] as const) : []), 'OPTIONS']
  const others = ALL_METHODS.filter(method => !names.includes(method as Method))
  return standIns(others, method => {
    if (method === 'OPTIONS') return request => preflight(request, allowed)
    if (method === 'HEAD' && get) return request => withoutBody(get, request)
    return request => refuseMethod(request, allowed)
  })
}

/** All methods of the place where paths lead that name no route. */
export function nowhere(): Record<AnyMethod, StandIn> {
  return standIns(ALL_METHODS, method =>
    method === 'OPTIONS'
      ? request => preflight(request, ALL_METHODS)
      : request => refuse(request, new NotFound('endpoint')),
  )
}

function standIns<M extends AnyMethod>(
  methods: readonly AnyMethod[],
  answerTo: (method: AnyMethod) => Answer,
): Record<M, StandIn> {
  const handlers = methods.map(method => [method, Object.assign(answerTo(method), { isStandIn: true })])
  return Object.fromEntries(handlers) as Record<M, StandIn>
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
    new Response(null, { status: 204, headers: preflightHeaders(request, allowed) }),
  )
}

async function withoutBody(get: RouteHandler, request: Request): Promise<Response> {
  const response = await get(withoutRange(request))
  await response.body?.cancel()
  return new Response(null, { status: response.status, headers: response.headers })
}

/** A Range means nothing to HEAD (RFC 9110, 14.2). */
function withoutRange(request: Request): Request {
  if (!request.headers.has('range')) return request
  const headers = new Headers(request.headers)
  headers.delete('range')
  return withAddressOf(request, new Request(request, { headers }))
}
