import { createRequire } from 'node:module'

/**
 * Loaded before the API by a test alone: whatever the product asks of the driver, its writes are acknowledged by
 * one member of the replica set, and its reads see what that one has.
 */
type Command = Record<string, unknown> & { readConcern?: { level?: string } }
type Prepare = (db: string, command: Command, options?: unknown) => unknown

const { Connection } = createRequire(import.meta.url)('mongodb/lib/cmap/connection.js') as {
  Connection: { prototype: { prepareCommand: Prepare } }
}
const prepare = Connection.prototype.prepareCommand

Connection.prototype.prepareCommand = function (db, command, options) {
  return prepare.call(this, db, weakened(command), options)
}

function weakened(command: Command): Command {
  const reads = command.readConcern?.level === 'majority' && { readConcern: { level: 'local' } }
  return { ...command, ...(command.writeConcern !== undefined && { writeConcern: { w: 1 } }), ...reads }
}
