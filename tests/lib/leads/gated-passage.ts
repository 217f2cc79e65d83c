import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { throughPort } from '../../../scripts/mongo/through-port.ts'

type Gate = { command: string; collection: string; act: () => Promise<unknown> }

/** A way to the test database on which something else can happen between two commands of a client. */
export async function openGatedPassage(address: string) {
  const upstream = new URL(address)
  let gates: Gate[] = []

  /** What a message waits for. A command's name is the first field of its BSON, a string. */
  async function pass(piece: Buffer): Promise<void> {
    const gate = gates.find(
      ({ command, collection }) => piece.includes(`\x02${command}\0`) && piece.includes(`${collection}\0`),
    )
    gates = gates.filter(other => other !== gate)
    await gate?.act()
  }
  function tie(socket: Socket, other: Socket): void {
    socket.on('error', () => {})
    socket.on('close', () => other.destroy())
  }
  const server = createServer(client => {
    const database = connect(Number(upstream.port), upstream.hostname)
    tie(client, database)
    tie(database, client)
    let passed = Promise.resolve()
    client.on('data', piece => {
      passed = passed.then(() => pass(piece)).then(() => void database.write(piece))
    })
    database.on('data', piece => client.write(piece))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  server.unref()
  const { port } = server.address() as AddressInfo
  return {
    uri: throughPort(address, port),
    /** Does `act` before the next such command reaches the database; more of them hold one command each. */
    before(command: string, collection: string, act: () => Promise<unknown>): void {
      gates.push({ command, collection, act })
    },
    clear(): void {
      gates = []
    },
  }
}
