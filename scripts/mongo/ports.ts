import { once } from 'node:events'
import { createServer } from 'node:net'

/** `preferred` when it is free on loopback, else a port that is. */
export async function freePort(preferred = 0): Promise<number> {
  const server = createServer().listen({ host: '127.0.0.1', port: preferred })
  try {
    await once(server, 'listening')
  } catch (error) {
    if (preferred === 0) throw error
    return await freePort()
  }
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
