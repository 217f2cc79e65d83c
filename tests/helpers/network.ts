import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A way to the test database that can be cut, or fall silent: connections stay open, nothing comes through. */
export async function openPassage() {
  const upstream = new URL(process.env.MONGODB_URI ?? '')
  const sockets = new Set<Socket>()
  let silent = false

  function forward(from: Socket, to: Socket): void {
    sockets.add(from)
    from.on('error', () => {})
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
    from.on('data', piece => silent || to.write(piece))
  }
  const server = createServer(client => {
    const database = connect(Number(upstream.port), upstream.hostname)
    forward(client, database)
    forward(database, client)
  })
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  }
  const port = await listen(0)

  return {
    uri: `mongodb://127.0.0.1:${port}${upstream.pathname}?directConnection=true`,
    fallSilent() {
      silent = true
    },
    async cut() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
    mend: () => listen(port),
  }
}
