import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { throughPort } from '../../scripts/mongo/through-port.ts'

/** A way to the test database that can be cut. */
export async function openPassage() {
  const upstream = new URL(process.env.MONGODB_URI ?? '')
  const sockets = new Set<Socket>()

  function forward(from: Socket, to: Socket): void {
    sockets.add(from)
    from.on('error', () => {})
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
    from.on('data', piece => to.write(piece))
  }
  const server = createServer(client => {
    const database = connect(Number(upstream.port), upstream.hostname)
    forward(client, database)
    forward(database, client)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    uri: throughPort(upstream.href, port),
    async cut() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
