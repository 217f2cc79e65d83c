import { startMongo } from '../../scripts/mongo/start.ts'

/** One replica set for the whole run; each test file has a database of its own on it. */
export default async function setup(): Promise<() => Promise<void>> {
  const mongo = await startMongo({
    databaseName: 'tests',
    onProgress: message => process.stderr.write(`${message}\n`),
  })
  process.env.TEST_MONGODB_URI = mongo.uri
  return () => mongo.stop()
}
