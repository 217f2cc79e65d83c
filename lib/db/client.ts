import { attachDatabasePool } from '@vercel/functions/db-connections'
import { MongoClient } from 'mongodb'
import { requireConfig } from '../config.ts'
import { slotOn } from '../slot.ts'
import { listenTo } from './silence.ts'

const slot = slotOn(MongoClient, 'client', open)

/**
 * The one database client of this instance, with its one pool; concurrent first calls share it, a failed attempt is
 * not kept. Models stand on it, too: see `connect`.
 * @throws the driver's server selection error after 5 s when no server answers.
 */
export function openClient(): Promise<MongoClient> {
  return slot.open()
}

/** Closes the client, if there is one; the next `openClient()` opens a new one. */
export async function closeClient(): Promise<void> {
  await (await slot.take())?.close()
}

async function open(): Promise<MongoClient> {
  const { MONGODB_URI } = requireConfig('MONGODB_URI')
  const client = await MongoClient.connect(MONGODB_URI, {
    serverSelectionTimeoutMS: 5_000,
    waitQueueTimeoutMS: 5_000,
    // A server that falls silent is noticed after both of these, not after the default 40 s: what waits for it is
    // broken off and tried again. No timeout of sockets or operations, which could not tell silence from work.
    connectTimeoutMS: 3_000,
    heartbeatFrequencyMS: 2_000,
    // A function instance serves few requests at once: a small pool each, so that many instances fit one cluster.
    maxPoolSize: 10,
    minPoolSize: 0,
    maxIdleTimeMS: 10_000,
    writeConcern: { w: 'majority' },
    readConcern: { level: 'majority' },
  })
  listenTo(client)
  attachDatabasePool(client)
  return client
}
