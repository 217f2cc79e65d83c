import { Agent, type IncomingMessage, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { percentileOf } from './figures.ts'
import type { Call } from './load.ts'

export type StreamFigures = { perSecond: number; firstMs: number; firstP99Ms: number; totalMs: number }

type Timed = { firstMs: number; totalMs: number }

/** A piece of an answer's text, in the form of any contestant; comments and roles are none. */
const TEXT = /"content":"[^"]/
const WHOLE = /event: completed|\[DONE\]/
const ENDING_CHARS = 4_000

/**
 * Keeps `clients` streams under way for some seconds, each client going through `calls` over one connection, from a
 * place of its own. With `pauseMs` each waits so long at the most before every stream, at random: otherwise those of
 * a server that answers them together go on together, and each waits for all others. Times are those to the first
 * byte that carries text, and to the end.
 * @throws Error when a stream is refused or breaks off: then nothing was measured
 */
export async function streams(
  url: string,
  calls: readonly Call[],
  { clients, seconds, pauseMs = 0 }: { clients: number; seconds: number; pauseMs?: number },
): Promise<StreamFigures> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients })
  const timed: Timed[] = []
  const begun = performance.now()
  const end = begun + seconds * 1_000
  const goOn = async (client: number) => {
    for (let turn = client * 7; performance.now() < end; turn++) {
      const call = calls[turn % calls.length]
      if (pauseMs > 0) await sleep(Math.random() * pauseMs)
      if (call) timed.push(await stream(url, call, agent))
    }
  }
  await Promise.all(Array.from({ length: clients }, (_, client) => goOn(client)))
  const elapsed = (performance.now() - begun) / 1_000
  agent.destroy()
  const firsts = timed.map(({ firstMs }) => firstMs)
  return {
    perSecond: timed.length / elapsed,
    firstMs: percentileOf(firsts, 0.5),
    firstP99Ms: percentileOf(firsts, 0.99),
    totalMs: percentileOf(
      timed.map(({ totalMs }) => totalMs),
      0.5,
    ),
  }
}

async function stream(url: string, { path, headers = {}, body = '' }: Call, agent: Agent): Promise<Timed> {
  const begun = performance.now()
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const length = { 'Content-Length': Buffer.byteLength(body) }
    const options = { method: 'POST', agent, headers: { ...headers, ...length } }
    request(`${url}${path}`, options, resolve).on('error', reject).end(body)
  })
  response.setEncoding('latin1')
  let firstMs: number | undefined
  let ending = ''
  for await (const piece of response as AsyncIterable<string>) {
    if (firstMs === undefined && TEXT.test(piece)) firstMs = performance.now() - begun
    ending = (ending + piece).slice(-ENDING_CHARS)
  }
  if (response.statusCode !== 200 || firstMs === undefined || !WHOLE.test(ending))
    throw new Error(`${url}: a stream answered ${response.statusCode} and ended with ${ending.slice(-500)}`)
  return { firstMs, totalMs: performance.now() - begun }
}
