import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below those that systems give out on their own: no connection takes a port between its choice and its use. */
const LOWEST = 10_000
const END = 32_768

/** `preferred` when it is free on loopback, else a port that is. */
export async function freePort(preferred = randomInt(LOWEST, END)): Promise<number> {
  const server = createServer().listen({ host: '127.0.0.1', port: preferred })
  try {
    await once(server, 'listening')
  } catch (error) {
    if (isTaken(error)) return await freePort()
    throw error
  }
  server.close()
  await once(server, 'close')
  return preferred
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['EADDRINUSE', 'EACCES'].includes(String(error.code))
}
