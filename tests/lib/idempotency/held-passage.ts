import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/**
 * A way to the test database that holds back everything a client sends from the first message on that names
 * `command` and, if given, `mention`.
 */
export async function openHeldPassage(command: string, mention = '') {
  const upstream = new URL(process.env.MONGODB_URI ?? '')
  const sockets = new Set<Socket>()
  const reached = Promise.withResolvers<void>()
  let holds = false

  const keep = (socket: Socket, other: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => other.destroy())
  }
  const server = createServer(client => {
    const database = connect(Number(upstream.port), upstream.hostname)
    keep(client, database)
    keep(database, client)
    client.on('data', piece => {
      if (!holds && piece.includes(command) && piece.includes(mention)) {
        holds = true
        reached.resolve()
      }
      if (!holds) database.write(piece)
    })
    database.on('data', piece => client.write(piece))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    uri: `mongodb://127.0.0.1:${port}${upstream.pathname}?directConnection=true`,
    /** Resolves when the message was held back. */
    reached: reached.promise,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
