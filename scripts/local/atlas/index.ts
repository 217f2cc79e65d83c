import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { throughPort } from '../../mongo/through-port.ts'
import { evaluate, type Fineness } from './evaluate.ts'
import { indexDefinition, Refusal } from './stage.ts'
import { type Command, commandOf, createMessageReader, replyTo } from './wire.ts'

const DEFINITION = join(import.meta.dirname, '..', '..', '..', 'atlas', 'vector-index.json')

/** The server's code for an error that a stage came upon. */
const UNKNOWN_ERROR = 8

/**
 * Stands between a client and a MongoDB server, which gets all messages as they are, but for aggregations that
 * begin with `$vectorSearch`: these it checks against the stage's contract and evaluates, as Atlas does with the
 * index that this project describes; exactly, unless `stepOf` tells how coarse it is.
 */
export async function startAtlas(mongodbUri: string, stepOf: Fineness = () => 0) {
  const upstream = new URL(mongodbUri)
  const definition = indexDefinition.parse(JSON.parse(await readFile(DEFINITION, 'utf8')))
  const client = await new MongoClient(mongodbUri).connect()
  const sockets = new Set<Socket>()
  let searches = 0

  async function search(command: Command): Promise<object> {
    searches += 1
    const db = client.db(String(command.$db))
    try {
      const firstBatch = await evaluate(db, definition, command, stepOf)
      return { cursor: { firstBatch, id: 0n, ns: `${command.$db}.${command.aggregate}` }, ok: 1 }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return { ok: 0, code: UNKNOWN_ERROR, codeName: 'UnknownError', errmsg: error.message }
    }
  }

  function keep(socket: Socket, other: Socket): void {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
  }

  const server = createServer(socket => {
    const database = connect(Number(upstream.port), upstream.hostname)
    keep(socket, database)
    keep(database, socket)
    database.on('data', piece => socket.write(piece))
    const read = createMessageReader(message => {
      const command = commandOf(message)
      if (!command || !isVectorSearch(command)) return void database.write(message)
      search(command).then(
        answer => socket.write(replyTo(message, answer)),
        () => socket.destroy(),
      )
    })
    socket.on('data', read)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo

  return {
    uri: throughPort(mongodbUri, port),
    index: definition.name,
    /** How many searches came by. */
    searches: () => searches,
    async close() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await Promise.all([closed, client.close()])
    },
  }
}

function isVectorSearch({ aggregate, pipeline }: Command): boolean {
  return aggregate !== undefined && Array.isArray(pipeline) && pipeline[0]?.$vectorSearch !== undefined
}
