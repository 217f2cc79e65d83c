import autocannon, { type Client, type Result } from 'autocannon'
import { percentileOf } from './figures.ts'

export type Call = {
  method?: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: string
}

export type LoadFigures = { perSecond: number; p50Ms: number; p99Ms: number }

/**
 * Keeps `clients` requests under way for some seconds, each client going through `calls` over one connection, from
 * a place of its own.
 * @throws Error when an answer is none of 2xx: then nothing was measured
 */
export async function load(
  url: string,
  calls: readonly Call[],
  { clients, seconds }: { clients: number; seconds: number },
): Promise<LoadFigures> {
  const times: number[] = []
  const ended = Promise.withResolvers<Result>()
  let begun = 0
  const setupClient = (client: Client) => {
    const from = (begun++ * 7) % calls.length
    client.setRequests([...calls.slice(from), ...calls.slice(0, from)])
  }
  const options = { url, connections: clients, duration: seconds, requests: [...calls], setupClient }
  const running = autocannon(options, (error, result) => {
    if (error) ended.reject(error)
    else ended.resolve(result)
  })
  running.on('response', (_client, _status, _bytes, ms) => times.push(ms))
  const { non2xx, errors, timeouts, duration } = await ended.promise
  if (non2xx + errors + timeouts > 0)
    throw new Error(`${url}: ${non2xx} answers were not 2xx, ${errors + timeouts} failed`)
  return {
    perSecond: times.length / duration,
    p50Ms: percentileOf(times, 0.5),
    p99Ms: percentileOf(times, 0.99),
  }
}
