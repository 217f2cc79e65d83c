import mongoose, { type Connection } from 'mongoose'
import { slotOn } from '../slot.ts'
import { closeClient, openClient } from './client.ts'

const slot = slotOn(mongoose, 'connection', open)

/**
 * The one database connection of this instance; concurrent first calls share it, a failed attempt is not kept.
 * @throws the driver's server selection error after 5 s when no server answers.
 */
export function connect(): Promise<Connection> {
  return slot.open()
}

/** Closes the connection, if there is one; the next `connect()` opens a new one. */
export async function disconnect(): Promise<void> {
  const connection = await slot.take()
  if (connection) await mongoose.disconnect()
  await closeClient()
}

async function open(): Promise<Connection> {
  const client = await openClient()
  const { connection } = mongoose
  mongoose.set('strictQuery', 'throw')
  Object.assign(connection.config, { autoIndex: false, autoCreate: false, bufferCommands: false })
  return connection.setClient(client)
}
