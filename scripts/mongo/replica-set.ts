import { setTimeout as sleep } from 'node:timers/promises'
import { type Db, MongoClient, MongoServerError } from 'mongodb'
import { REPLICA_SET } from './instance.ts'
import type { Progress } from './resolve.ts'
import { reason } from './version.ts'

// mongod waits 30 s for an answer from the host it knew last when a silent program has that port now.
const PATIENCE_MS = 60_000

/** Makes the mongod on `port` the primary of its own replica set at `host`, whatever host its data remember. */
export async function becomePrimary(
  port: number,
  onProgress: Progress,
  host = `127.0.0.1:${port}`,
): Promise<void> {
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/?directConnection=true`)
  const admin = client.db('admin')
  const started = Date.now()
  let lastError = 'it was not elected'
  let told = false
  try {
    while (Date.now() - started < PATIENCE_MS) {
      try {
        if ((await admin.command({ hello: 1 })).isWritablePrimary) return
        await configure(admin, host)
      } catch (error) {
        lastError = reason(error)
      }
      if (!told && Date.now() - started > 3_000) {
        told = true
        onProgress('Waiting for MongoDB: a silent program on its former port can delay it by 30 s')
      }
      await sleep(10)
    }
    throw new Error(`MongoDB is not writable after ${PATIENCE_MS / 1000} s: ${lastError}`)
  } finally {
    await client.close()
  }
}

async function configure(admin: Db, host: string): Promise<void> {
  const members = [{ _id: 0, host }]
  const config = await storedConfig(admin)
  if (config === undefined) {
    await admin.command({ replSetInitiate: { _id: REPLICA_SET, members } })
  } else if (config.members[0]?.host !== host) {
    await admin.command({ replSetReconfig: { ...config, members, version: config.version + 1 }, force: true })
  }
}

type StoredConfig = { version: number; members: { host: string }[] }

async function storedConfig(admin: Db): Promise<StoredConfig | undefined> {
  try {
    return (await admin.command({ replSetGetConfig: 1 })).config
  } catch (error) {
    if (error instanceof MongoServerError && error.codeName === 'NotYetInitialized') return undefined
    throw error
  }
}
