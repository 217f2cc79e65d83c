import type { TenantCaller } from './auth/caller.ts'
import { identify, requireKind } from './auth/identify.ts'
import { config } from './config.ts'
import { connect } from './db/connect.ts'
import { AppError } from './errors.ts'
import { clientIp } from './http/client-ip.ts'
import type { Contract } from './http/contract.ts'
import { createRoute, type RouteHooks, type Served } from './http/create-route.ts'
import type { Exchange } from './http/exchange.ts'
import { noteKeyUse } from './keys/note-use.ts'
import { admit } from './limits/admit.ts'
import type { RateState } from './limits/rate-limit.ts'
import { openHooks } from './open-route.ts'
import { type RequestRecord, recordRequest } from './usage/record-request.ts'

export { streamed } from './http/event-stream.ts'
export { byAction, otherMethods } from './http/methods.ts'
export { accepted, created, ok } from './http/reply.ts'

/** The application's nouns plugged into the HTTP layer, which knows none of them. */
const hooks: RouteHooks = {
  ...openHooks,
  prepare: connect,
  identify: ({ request }, { callers }) => identify(request, clientIp(request), callers),
  async admit(exchange, { callers, path, visitorsPerMinute }, caller) {
    requireKind(caller, callers)
    const state = await admit({ caller, path, visitorsPerMinute })
    if (state) applyRateState(exchange, state)
  },
  async once(keyed, run, refusal) {
    const { runOnce } = await import('./idempotency/run-once.ts')
    const { key, caller, about, content, isAtomic } = keyed
    return runOnce({ key, clerkId: caller.clerkId, about, content, isAtomic }, { run, refusal })
  },
  record(served) {
    const { caller } = served
    if (caller?.kind !== 'user' && caller?.kind !== 'key') return
    if (caller.kind === 'key') noteKeyUse(caller)
    if (config().USAGE_LOGGING === 'on') recordRequest(usageOf(served, caller))
  },
}

/** Declares a route: a contract and the handler that fulfils it. */
export const route = createRoute(hooks)

function applyRateState(exchange: Exchange, { admitted, limit, remaining, resetSeconds }: RateState): void {
  exchange.headers['RateLimit-Limit'] = String(limit)
  exchange.headers['RateLimit-Remaining'] = String(remaining)
  exchange.headers['RateLimit-Reset'] = String(resetSeconds)
  if (admitted) return
  throw new AppError('rate_limited', `More than ${limit} requests in a minute.`, {
    retryAfterSeconds: resetSeconds,
  })
}

function usageOf({ operation, exchange, status, facts }: Served, caller: TenantCaller): RequestRecord {
  const { request, url, startedAt, requestId } = exchange
  return {
    clerkId: caller.clerkId,
    endpoint: endpointOf(operation, url),
    method: operation.method,
    status,
    responseTimeMs: Math.round(performance.now() - startedAt),
    userAgent: request.headers.get('user-agent')?.slice(0, 500) ?? null,
    ip: clientIp(request),
    metadata: { requestId, ...(caller.kind === 'key' && { keyId: caller.keyId }), ...facts },
  }
}

/** The operation's name in the usage log, also of a request refused before its input was read. */
function endpointOf({ path, action, query, loggedQuery = [] }: Contract, url: URL): string {
  const parsed =
    loggedQuery.length > 0 ? query?.safeParse(Object.fromEntries(url.searchParams)).data : undefined
  const named = loggedQuery.flatMap(name => (parsed?.[name] ? [`${name}=${parsed[name]}`] : []))
  const label = [...named, ...(action ? [`action=${action}`] : [])].join('&')
  return label ? `${path}?${label}` : path
}
