import mongoose, { type Connection } from 'mongoose'
import { closeClient, openClient } from './client.ts'

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
  await closeClient()
}

async function open(): Promise<Connection> {
  const client = await openClient()
  const { connection } = mongoose
  mongoose.set('strictQuery', 'throw')
  Object.assign(connection.config, { autoIndex: false, autoCreate: false, bufferCommands: false })
  return connection.setClient(client)
}
