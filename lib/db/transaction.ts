import type { ClientSession } from 'mongoose'
import { connect } from './connect.ts'

/**
 * Runs `work` in a transaction at majority; all of its writes happen or none. `work` may run more than once,
 * so it must touch nothing but the database through `session`. Let a duplicate-key error leave `work`:
 * swallowed inside, it aborts the transaction over and over.
 */
export async function inTransaction<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
  const connection = await connect()
  return connection.getClient().withSession(session =>
    session.withTransaction(() => work(session), {
      readConcern: { level: 'snapshot' },
      writeConcern: { w: 'majority' },
    }),
  )
}
