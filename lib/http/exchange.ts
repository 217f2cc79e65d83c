import { randomUUID } from 'node:crypto'
import { corsHeaders } from './cors.ts'

/** What accompanies one request from its arrival to its answer. */
export type Exchange = {
  request: Request
  url: URL
  requestId: string
  startedAt: number
  /** Milliseconds spent per named phase, in the order they ended. */
  phases: { name: string; ms: number }[]
  /** Headers learned on the way, e.g. of rate limits. */
  headers: Record<string, string>
}

const SANE_REQUEST_ID = /^[\w.:-]{1,128}$/

/** Two years, as browsers' preload lists ask for; over plain HTTP browsers ignore it. */
const STRICT_TRANSPORT = 'max-age=63072000'

/** Headers of every answer that a reply may give a value of its own. */
const UNLESS_SET = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
}

export function beginExchange(request: Request): Exchange {
  const offered = request.headers.get('x-request-id')
  return {
    request,
    url: new URL(request.url),
    requestId: offered && SANE_REQUEST_ID.test(offered) ? offered : randomUUID(),
    startedAt: performance.now(),
    phases: [],
    headers: {},
  }
}

/** Runs one phase of the exchange and notes how long it took. */
export async function timed<T>(exchange: Exchange, name: string, phase: () => Promise<T>): Promise<T> {
  const start = performance.now()
  try {
    return await phase()
  } finally {
    exchange.phases.push({ name, ms: performance.now() - start })
  }
}

/** The response with the headers that every answer of the API carries. */
export function finish(exchange: Exchange, response: Response): Response {
  const total = { name: 'total', ms: performance.now() - exchange.startedAt }
  const timing = [...exchange.phases, total].map(({ name, ms }) => `${name};dur=${ms.toFixed(1)}`).join(', ')
  const headers = {
    'X-Request-Id': exchange.requestId,
    'Server-Timing': timing,
    'X-Content-Type-Options': 'nosniff',
    'Strict-Transport-Security': STRICT_TRANSPORT,
    'Referrer-Policy': 'no-referrer',
    ...corsHeaders(exchange.request),
    ...exchange.headers,
  }
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
  for (const [name, value] of Object.entries(UNLESS_SET)) {
    if (!response.headers.has(name)) response.headers.set(name, value)
  }
  response.headers.append('Vary', 'Origin')
  return response
}
