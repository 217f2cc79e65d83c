import { connect, disconnect } from '../../lib/db/connect.ts'
import { syncIndexes } from '../../lib/db/indexes.ts'
import { syncStorageIndexes } from '../../lib/knowledge/storage-indexes.ts'
import { type Services, startServices } from '../local/services.ts'
import { startMongo } from '../mongo/start.ts'
import { type ApiProcess, startApi, startWatchedApi } from './api-process.ts'
import '../../models/index.ts'

export type Stack = {
  url: string
  mongodbUri: string
  services: Services
  /**
   * Whether Polar may be asked how the users stand. A stand-in knows nothing of the customers in a database that
   * was given: by its answer they would all lose their plans.
   */
  mayReconcile: boolean
  /** Ends everything in order: the API once what is under way is stored, then what it stands on. */
  stop(): Promise<void>
}

type StackOptions = {
  port: number
  /** Where data persist; without it they are gone at the end. */
  dataDir?: string
  /** Where Polar's stand-in keeps its customers; without it they are gone at the end. */
  polarFile?: string
  watch?: boolean
  /** The folder of a build's output, to serve that. */
  built?: string | undefined
  onProgress(message: string): void
}

/**
 * Database, stand-ins and API on loopback, ready for requests. MONGODB_URI and the services' own variables
 * switch to the real ones.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { port, dataDir, polarFile, onProgress } = options
  const origin = `http://127.0.0.1:${port}`
  const given = process.env
  const [mongo, services] = await Promise.all([
    given.MONGODB_URI
      ? null
      : startMongo({ databaseName: 'workflowai', onProgress, ...(dataDir && { dataDir }) }),
    startServices(given, { origin, polarFile }),
  ])
  let api: ApiProcess | undefined
  const stop = async () => {
    await api?.stop()
    await services.close()
    await mongo?.stop()
  }
  try {
    const mongodbUri = mongo?.uri ?? given.MONGODB_URI ?? ''
    const mayReconcile = mongo !== null || services.polar === null
    const environment = {
      ...environmentOf(given, services, { mongodbUri, origin, port }),
      // Without its secret nobody can start the daily work, which reconciles.
      ...(!mayReconcile && { CRON_SECRET: '' }),
    }
    onProgress('Building indexes')
    await buildIndexes(mongodbUri)
    api = options.watch
      ? await startWatchedApi({ environment }, onProgress)
      : await startApi({ environment, built: options.built })
    services.polar?.setWebhookUrl(`${api.url}/api/polar/webhook`)
    return { url: api.url, mongodbUri, services, mayReconcile, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

function environmentOf(
  given: NodeJS.ProcessEnv,
  services: Services,
  { mongodbUri, origin, port }: { mongodbUri: string; origin: string; port: number },
): NodeJS.ProcessEnv {
  const origins = [origin, `http://localhost:${port}`, given.ALLOWED_ORIGINS].filter(Boolean).join(',')
  return {
    LOG_LEVEL: 'warn',
    PUBLIC_URL: origin,
    ...given,
    ...services.environment,
    MONGODB_URI: mongodbUri,
    ALLOWED_ORIGINS: origins,
    PORT: String(port),
  }
}

async function buildIndexes(mongodbUri: string): Promise<void> {
  process.env.MONGODB_URI = mongodbUri
  await connect()
  await syncIndexes()
  await syncStorageIndexes()
  await disconnect()
}
