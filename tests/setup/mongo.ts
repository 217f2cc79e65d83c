import { rm } from 'node:fs/promises'
import { MongoClient } from 'mongodb'
import { makeOwnedFolder } from '../../scripts/mongo/processes.ts'
import { scratchFolder } from '../../scripts/mongo/scratch.ts'
import { startMongo } from '../../scripts/mongo/start.ts'

/** One replica set for the whole run; each process that runs tests has a database of its own on it. */
export default async function setup(): Promise<() => Promise<void>> {
  const compiled = await makeOwnedFolder(await scratchFolder(), 'workflowai-compiled')
  const mongo = await startMongo({
    databaseName: 'tests',
    onProgress: message => process.stderr.write(`${message}\n`),
  })
  await acknowledgeFromMemory(mongo.uri)
  process.env.TEST_MONGODB_URI = mongo.uri
  // Here Node keeps what it has compiled: the processes that tests start need not do it again.
  process.env.NODE_COMPILE_CACHE = compiled
  return async () => {
    await mongo.stop()
    await rm(compiled, { recursive: true, force: true })
  }
}

/** Halves the work of a majority write. A journal matters where mongod is killed, and nobody kills this one. */
async function acknowledgeFromMemory(uri: string): Promise<void> {
  const client = new MongoClient(uri)
  const admin = client.db('admin')
  const { config } = await admin.command({ replSetGetConfig: 1 })
  const changed = { ...config, version: config.version + 1, writeConcernMajorityJournalDefault: false }
  await admin.command({ replSetReconfig: changed })
  await client.close()
}
