import { AsyncLocalStorage } from 'node:async_hooks'
import { type ClientSession, mongo } from 'mongoose'
import { connect } from './connect.ts'

type Afterwards = (() => Promise<void>)[]
type Ambient = { session: ClientSession; isOpen: boolean; afterwards: Afterwards }

const ambient = new AsyncLocalStorage<Ambient>()

/** When whoever waits for others' locks is told to come again: the driver alone would try for two minutes. */
const TIMEOUT_MS = 7_000

/** Others held what a transaction needs for too long; nothing of it happened. */
export class TransactionTimeout extends Error {
  override name = 'TransactionTimeout'
}

/**
 * Runs `work` in a transaction at majority; all of its writes happen or none. Called within a transaction's
 * work, it joins that one. `work` may run more than once, so it must touch nothing but the database through
 * `session`. Let a duplicate-key error leave `work`: swallowed inside, it aborts the transaction over and over.
 * @throws TransactionTimeout
 */
export async function inTransaction<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
  const outer = ambient.getStore()
  if (outer?.isOpen) return work(outer.session)
  return withSession(session => transact(session, work))
}

/**
 * Does `work` once the transaction that this is called in is committed, before its caller goes on; at once
 * outside of one. `work` must not throw: what was committed cannot fail any more.
 */
export async function afterCommit(work: () => Promise<void>): Promise<void> {
  const outer = ambient.getStore()
  if (!outer?.isOpen) return work()
  outer.afterwards.push(work)
}

/** A session of one's own, for a transaction that others may have to end: see `endTransactionOf`. */
export async function withSession<T>(work: (session: ClientSession) => Promise<T>): Promise<T> {
  const connection = await connect()
  return connection.getClient().withSession(work)
}

/** As `inTransaction`, in a session at hand. */
export async function transact<T>(
  session: ClientSession,
  work: (session: ClientSession) => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + TIMEOUT_MS
  let afterwards: Afterwards = []
  const attempt = async () => {
    if (performance.now() > deadline) throw new TransactionTimeout(`no way through in ${TIMEOUT_MS} ms`)
    afterwards = []
    return runWithin(session, work, afterwards)
  }
  const result = await session.withTransaction(attempt, {
    readConcern: { level: 'snapshot' },
    writeConcern: { w: 'majority' },
  })
  for (const next of afterwards) await next()
  return result
}

/** What names a session to the server. */
export function idOf(session: ClientSession): string {
  const id = session.id?.id
  if (!id) throw new Error('the session has no id')
  return Buffer.from(id.buffer).toString('hex')
}

/**
 * Ends the transaction that a dead process left open in its session: its locks would stand for a minute.
 * @throws MongoServerError where the server does not have the command, as on Atlas' smallest tiers
 */
export async function endTransactionOf(sessionId: string): Promise<void> {
  const { db } = await connect()
  await db?.command({ killSessions: [{ id: new mongo.UUID(sessionId) }] })
}

/** Work that outlives the transaction it was started in must not write through its session. */
async function runWithin<T>(
  session: ClientSession,
  work: (session: ClientSession) => Promise<T>,
  afterwards: Afterwards,
): Promise<T> {
  const own: Ambient = { session, isOpen: true, afterwards }
  try {
    return await ambient.run(own, () => work(session))
  } finally {
    own.isOpen = false
  }
}
