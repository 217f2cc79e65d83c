import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A model provider that answers when it is told to. */
export async function startSlowProvider() {
  const asked = Promise.withResolvers<ServerResponse>()
  const server = createServer((_request, response) => asked.resolve(response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/v1`,
    asked: asked.promise,
    async answer(content: string) {
      const message = { role: 'assistant', content }
      const body = { choices: [{ index: 0, message, finish_reason: 'stop' }], usage: {} }
      const response = await asked.promise
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify(body))
    },
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
