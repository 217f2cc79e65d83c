import { attachDatabasePool } from '@vercel/functions/db-connections'
import mongoose, { type Connection } from 'mongoose'
import { requireConfig } from '../config.ts'
import { listenTo } from './silence.ts'

const OPENING = Symbol.for('workflowai.connection')

/** Kept on mongoose itself, so that a second evaluation of this module (a hot reload) finds the same connection. */
const slot = mongoose as typeof mongoose & { [OPENING]?: Promise<Connection> | undefined }

/**
 * The one database connection of this instance; concurrent first calls share it, a failed attempt is not kept.
 * @throws the driver's server selection error after 5 s when no server answers.
 */
export function connect(): Promise<Connection> {
  slot[OPENING] ??= open().catch(error => {
    slot[OPENING] = undefined
    throw error
  })
  return slot[OPENING]
}

/** Closes the connection, if there is one; the next `connect()` opens a new one. */
export async function disconnect(): Promise<void> {
  const open = slot[OPENING]
  slot[OPENING] = undefined
  if (open) await mongoose.disconnect()
}

async function open(): Promise<Connection> {
  const { MONGODB_URI } = requireConfig('MONGODB_URI')
  mongoose.set('strictQuery', 'throw')
  await mongoose.connect(MONGODB_URI, {
    autoIndex: false,
    autoCreate: false,
    bufferCommands: false,
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
    monitorCommands: true,
    writeConcern: { w: 'majority' },
    readConcern: { level: 'majority' },
  })
  listenTo(mongoose.connection.getClient())
  attachDatabasePool(mongoose.connection.getClient())
  return mongoose.connection
}
