import { join } from 'node:path'
import { MongoClient } from 'mongodb'
import { connect, disconnect } from '../../lib/db/connect.ts'
import { syncIndexes } from '../../lib/db/indexes.ts'
import { syncStorageIndexes } from '../../lib/knowledge/storage-indexes.ts'
import { type Services, startServices } from '../../scripts/local/services.ts'
import { type RunningMongo, startMongo } from '../../scripts/mongo/start.ts'
import '../../models/index.ts'
import { type Contestant, startContestant } from './contestant.ts'
import { makeTenants } from './tenants.ts'

const root = join(import.meta.dirname, '..', '..')

/** What all parts of a run stand on: one MongoDB, the stand-ins of the outside services, and contestants. */
export type Stage = {
  /** The API's database, with all its indexes; this process is connected to it, so the product's verbs work here. */
  uri: string
  services: Services
  /** A database of its own on the same server, for a floor. */
  uriOf(database: string): string
  /** A driver of its own. The stage closes it. */
  client(): Promise<MongoClient>
  /** Tenants with an API key each and no limits that a measurement could reach; everything is still counted. */
  tenants: typeof makeTenants
  /** The API in a process of its own, from the source or (`built`) from a Vercel build's folder. */
  startApi(settings?: Record<string, string>, options?: { args?: string[] }): Promise<Contestant>
  /** A script of `bench/floors/`, given `MONGODB_URI` and these settings. */
  startFloor(file: string, settings?: Record<string, string>): Promise<Contestant>
  /** Ends everything that was started. */
  close(): Promise<void>
}

/** One for all parts of a run: a process reads its settings, and so the server's address, once. */
let server: Promise<RunningMongo> | undefined

/** Ends what all stages stood on. */
export async function closeServer(): Promise<void> {
  await (await server)?.stop()
}

export async function openStage(note: (line: string) => void): Promise<Stage> {
  server ??= startMongo({ databaseName: 'bench', onProgress: note })
  const mongo = await server
  const services = await startServices({}, { origin: 'http://127.0.0.1:3000' })
  process.env.MONGODB_URI = mongo.uri
  await connect()
  await syncIndexes()
  await syncStorageIndexes()
  const closing: (() => Promise<unknown>)[] = []
  const closed = <T extends Contestant>(contestant: T): T => {
    closing.push(() => contestant.stop())
    return contestant
  }
  const uriOf = (database: string) => mongo.uri.replace('/bench?', `/${database}?`)
  const environment = { ...services.environment, MONGODB_URI: mongo.uri, LOG_LEVEL: 'error' }
  return {
    uri: mongo.uri,
    services,
    uriOf,
    async client() {
      const client = await MongoClient.connect(mongo.uri)
      closing.push(() => client.close())
      return client
    },
    tenants: makeTenants,
    async startApi(settings = {}, options = {}) {
      const script = join(root, 'scripts', 'api-server.ts')
      return closed(await startContestant(script, { ...environment, ...settings }, options))
    },
    async startFloor(file, settings = {}) {
      const script = join(root, 'bench', 'floors', file)
      return closed(await startContestant(script, { MONGODB_URI: uriOf('floor'), ...settings }))
    },
    async close() {
      await Promise.all(closing.map(end => end()))
      await disconnect()
      await services.close()
      await dropAll(mongo.uri)
    },
  }
}

/** The next part finds a server as if it were new. */
async function dropAll(uri: string): Promise<void> {
  const client = await MongoClient.connect(uri)
  const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true })
  const ours = databases.filter(({ name }) => !['admin', 'config', 'local'].includes(name))
  for (const { name } of ours) await client.db(name).dropDatabase()
  await client.close()
}
