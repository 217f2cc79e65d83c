import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { expect } from 'vitest'
import { services } from '../../setup/services.ts'

/** Passes requests on to the stand-in provider, but for those for embeddings that it is told to hold back. */
export async function startHoldingProvider() {
  let passes = Number.POSITIVE_INFINITY
  let gate = Promise.withResolvers<void>()
  let waiting = 0
  const texts: string[] = []

  async function held(request: IncomingMessage): Promise<void> {
    if (!request.url?.endsWith('/embeddings') || passes-- > 0) return
    waiting += 1
    await gate.promise
    waiting -= 1
  }
  const server = createServer(async (request, response) => {
    const body = await buffer(request)
    await held(request)
    const { method = 'POST', url = '/', headers } = request
    const answer = await fetch(new URL(url, services.openai.baseUrl), {
      method,
      headers: { authorization: headers.authorization ?? '', 'content-type': 'application/json' },
      body,
    })
    if (answer.ok && url.endsWith('/embeddings')) texts.push(...JSON.parse(body.toString()).input)
    response.writeHead(answer.status, Object.fromEntries(answer.headers))
    response.end(Buffer.from(await answer.arrayBuffer()))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    url: `http://127.0.0.1:${port}/v1`,
    /** Texts embedded since the last call, in the order in which they were. */
    embedded: () => texts.splice(0),
    /** Holds back all requests for embeddings after so many more. */
    holdAfter(requests: number) {
      passes = requests
      gate = Promise.withResolvers()
    },
    /** Resolves when so many requests are held back. */
    holds: (requests: number) => expect.poll(() => waiting, { timeout: 15_000 }).toBe(requests),
    /** Holds back new requests apart from those held so far; gives what lets these through. */
    holdApart(): () => void {
      const before = gate
      gate = Promise.withResolvers()
      return before.resolve
    },
    /** Lets new requests through; those held back stay so. */
    holdNoMore() {
      passes = Number.POSITIVE_INFINITY
    },
    release() {
      passes = Number.POSITIVE_INFINITY
      gate.resolve()
    },
    async close() {
      gate.resolve()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
