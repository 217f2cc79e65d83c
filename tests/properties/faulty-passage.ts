import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { throughPort } from '../../scripts/mongo/through-port.ts'
import { pick } from '../lib/billing/histories.ts'

/** Where a connection breaks: before its request reached the database, amid it, or before its reply came back. */
export const FAULTS = ['request lost', 'request torn', 'reply lost', 'reply torn'] as const
type Fault = (typeof FAULTS)[number]

type Schedule = { next: () => number; everyRequests: number }

/** A way to the test database whose connections break. */
export async function openFaultyPassage() {
  const upstream = new URL(process.env.MONGODB_URI ?? '')
  const sockets = new Set<Socket>()
  const happened: Fault[] = []
  let schedule: Schedule | null = null
  let requestsLeft = 0

  function plan(): void {
    if (schedule) requestsLeft = 1 + Math.floor(schedule.next() * 2 * schedule.everyRequests)
  }
  /** The fault that this request meets, if any. */
  function nextFault(): Fault | null {
    requestsLeft -= 1
    if (!schedule || requestsLeft > 0) return null
    const fault = pick(schedule.next, FAULTS)
    happened.push(fault)
    plan()
    return fault
  }

  function forward(client: Socket, database: Socket): void {
    let doom: Fault | null = null
    const reset = () => {
      client.resetAndDestroy()
      database.resetAndDestroy()
    }
    client.on('data', piece => {
      doom ??= nextFault()
      if (doom === 'request lost') reset()
      else if (doom === 'request torn') database.write(half(piece), reset)
      else database.write(piece)
    })
    database.on('data', piece => {
      if (doom === 'reply lost') reset()
      else if (doom === 'reply torn') client.write(half(piece), reset)
      else client.write(piece)
    })
    for (const [socket, other] of [
      [client, database],
      [database, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        other.destroy()
      })
    }
  }
  const server = createServer(client => forward(client, connect(Number(upstream.port), upstream.hostname)))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    uri: throughPort(upstream.href, port),
    /** From now on breaks the connection of one request in about so many; which, and how, `next` says. */
    disturb(next: () => number, everyRequests: number) {
      schedule = { next, everyRequests }
      plan()
    },
    calm() {
      schedule = null
    },
    happened: () => happened,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function half(piece: Buffer): Buffer {
  return piece.subarray(0, Math.floor(piece.length / 2))
}
