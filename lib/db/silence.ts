import type { MongoClient } from 'mongodb'

/**
 * How long an answer waits for a database of which nothing is heard: until the driver notices that its heartbeat's
 * connection is dead (see `connect`) and has had time for another. Another server mostly takes over within it.
 */
const SILENCE_MS = 6_500
/** So much later than asked for nobody is woken but in a process that stood still and heard nothing itself. */
const STANDSTILL_MS = 1_000

/** The database was not heard of for so long that whoever waits for an answer is told to come again. */
export class DatabaseSilent extends Error {
  override name = 'DatabaseSilent'
}

/** When the server that takes writes was last heard of; unknown where the driver does not look after it. */
let heardAt: number | undefined

/** A write that a majority had not confirmed when it was first heard of, and since when it may stand. */
let unconfirmed: { written: Date; since: number } | undefined

/** See `connect`. */
const HEARTBEAT_MS = 2_000

type Heartbeat = { lastWrite?: { lastWriteDate: Date; majorityWriteDate?: Date } }

/** Until when a majority has followed a server: one whose writes are never confirmed is as good as silent. */
function confirmedAt({ lastWrite }: Heartbeat, now: number): number {
  // A router of a sharded cluster does not tell.
  if (!lastWrite?.majorityWriteDate) return now
  const { lastWriteDate, majorityWriteDate } = lastWrite
  if (unconfirmed && unconfirmed.written <= majorityWriteDate) unconfirmed = undefined
  if (unconfirmed) return unconfirmed.since
  // Written after the heartbeat before this one.
  if (lastWriteDate > majorityWriteDate) unconfirmed = { written: lastWriteDate, since: now - HEARTBEAT_MS }
  return now
}

/** Takes note whenever a connected client hears of the server that takes writes. */
export function listenTo(client: MongoClient): void {
  const isWatched = !client.options.loadBalanced
  heardAt = isWatched ? performance.now() : undefined
  unconfirmed = undefined
  if (!isWatched) return
  let writer: string | undefined
  let isLost = false
  client.on('serverHeartbeatSucceeded', ({ reply, connectionId }) => {
    if (!reply.isWritablePrimary) return
    writer = connectionId
    isLost = false
    heardAt = confirmedAt(reply, performance.now())
  })
  client.on('serverHeartbeatFailed', ({ connectionId }) => {
    if (isLost || (writer !== undefined && connectionId !== writer)) return
    isLost = true
    // That connection alone may be dead. The driver opens another soon if somebody asks, else a heartbeat later.
    setImmediate(() => client.db('admin').command({ ping: 1 }).catch(noop))
  })
}

/**
 * Gives what `work` gives, unless the database falls silent meanwhile. The silence counts from `movedAt`, when
 * whoever waits last saw something move. Heartbeats come while a server works, however long: nothing that a
 * server which can be reached is busy with is cut short. What is given up goes on: keep it in the background.
 * @throws DatabaseSilent
 */
export async function unlessSilent<T>(work: Promise<T>, movedAt: () => number): Promise<T> {
  const silent = Promise.withResolvers<never>()
  let timer: NodeJS.Timeout | undefined
  let listensSince = 0
  const look = (due: number) => {
    const now = performance.now()
    if (now - due > STANDSTILL_MS) listensSince = now
    const left = Math.max(movedAt(), heardAt ?? now, listensSince) + SILENCE_MS - now
    if (left <= 0) return silent.reject(new DatabaseSilent(`nothing heard for ${SILENCE_MS} ms`))
    const pause = Math.min(left, STANDSTILL_MS)
    timer = setTimeout(look, pause, now + pause)
  }
  look(performance.now())
  try {
    return await Promise.race([work, silent.promise])
  } finally {
    clearTimeout(timer)
  }
}

function noop(): void {}
