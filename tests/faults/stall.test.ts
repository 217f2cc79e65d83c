import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..', '..')

/** Waits for work in a process of its own, which `meanwhile` befalls, and tells what came of it. */
async function outcome(meanwhile: string, settings: Record<string, string> = {}): Promise<string> {
  const code = `
    import { connect, disconnect } from './lib/db/connect.ts'
    import { unlessSilent } from './lib/db/silence.ts'
    await connect()
    const began = performance.now()
    ${meanwhile}
    console.log(await unlessSilent(work, () => began).catch(error => error.name))
    await disconnect()
  `
  const env = { ...process.env, NODE_OPTIONS: '', ...settings }
  const args = ['--input-type=module-typescript', '-e', code]
  return (await promisify(execFile)(process.execPath, args, { cwd: root, env })).stdout.trim()
}

describe('a database that is well is not taken for silent', { timeout: 60_000 }, () => {
  it('by a process that stood still itself', async () => {
    const standStill = `
      const work = new Promise(resolve => setTimeout(resolve, 8_000, 'done'))
      setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 7_000), 100)
    `
    expect(await outcome(standStill)).toBe('done')
  })

  it.each([
    ['in a function', { VERCEL: '1' }],
    ['in a server', { VERCEL: '' }],
  ])('%s, when the connection of its heartbeat is dead', async (_name, settings) => {
    const passage = await openPassage()
    const loseHeartbeat = `
      const { promise: work, resolve } = Promise.withResolvers()
      fetch(process.env.DEADEN).catch(() => {})
      setTimeout(resolve, 9_000, 'done')
    `
    try {
      expect(await outcome(loseHeartbeat, { ...settings, ...passage.settings })).toBe('done')
    } finally {
      passage.close()
    }
  })
})

/** A way to the test database; whoever calls `DEADEN` loses all that goes through the connections there are. */
async function openPassage() {
  const upstream = new URL(process.env.MONGODB_URI ?? '')
  const sockets = new Set<Socket>()
  const dead = new Set<Socket>()
  const passage = createServer(socket => {
    const database = connect(Number(upstream.port), upstream.hostname)
    for (const one of [socket, database]) one.on('error', () => {})
    sockets.add(socket)
    socket.on('data', piece => dead.has(socket) || database.write(piece))
    database.on('data', piece => dead.has(socket) || socket.write(piece))
    socket.on('close', () => database.destroy())
  })
  const control = createServer(socket => {
    for (const one of sockets) dead.add(one)
    socket.destroy()
  })
  const ports = await Promise.all(
    [passage, control].map(async server => {
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      return (server.address() as AddressInfo).port
    }),
  )
  const uri = `mongodb://127.0.0.1:${ports[0]}${upstream.pathname}?directConnection=true`
  return {
    settings: { MONGODB_URI: uri, DEADEN: `http://127.0.0.1:${ports[1]}` },
    close() {
      for (const socket of sockets) socket.destroy()
      for (const server of [passage, control]) server.close()
    },
  }
}
