import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { MongoClient } from 'mongodb'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isDatabaseAway } from '../../../lib/db/faults.ts'

/** More than the buffers between two sockets hold, so that its write waits. */
const LARGE = Buffer.alloc(12 * 1024 ** 2)

let passage: Awaited<ReturnType<typeof openPassage>>
let client: MongoClient

beforeEach(async () => {
  passage = await openPassage()
  client = new MongoClient(passage.uri, { maxPoolSize: 1, retryWrites: false })
  await client.db().command({ ping: 1 })
})

afterEach(async () => {
  await client.close()
  passage.close()
})

it.each([
  ['is reset', (socket: Socket) => void socket.resetAndDestroy()],
  ['is ended', (socket: Socket) => void socket.destroy()],
])('a database whose connection %s amid a long write is away', async (_name, breakOff) => {
  passage.breakAt(1024 ** 2, breakOff)
  const error = await client
    .db()
    .collection('breaks')
    .insertOne({ bytes: LARGE })
    .catch(fault => fault)
  expect(error).toBeInstanceOf(Error)
  expect(isDatabaseAway(error), String(error.stack)).toBe(true)
})

/** A way to the test database that breaks once so many bytes went through one connection. */
async function openPassage() {
  const upstream = new URL(process.env.MONGODB_URI ?? '')
  const sockets = new Set<Socket>()
  let limit = Number.POSITIVE_INFINITY
  let breakOff = (_socket: Socket): void => {}
  const server = createServer(socket => {
    const database = connect(Number(upstream.port), upstream.hostname)
    let passed = 0
    socket.on('data', piece => {
      passed += piece.byteLength
      if (passed < limit) return void database.write(piece)
      socket.pause()
      setTimeout(() => breakOff(socket), 50)
    })
    database.on('data', piece => socket.write(piece))
    for (const one of [socket, database]) {
      sockets.add(one)
      one.on('error', () => {})
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const uri = new URL(upstream)
  uri.port = String((server.address() as AddressInfo).port)
  uri.search = '?directConnection=true'
  return {
    uri: uri.href,
    breakAt(bytes: number, how: typeof breakOff) {
      limit = bytes
      breakOff = how
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
