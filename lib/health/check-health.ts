import { openClient } from '../db/client.ts'
import { AppError } from '../errors.ts'
import { version } from '../version.ts'

export type Health = { status: 'ok'; version: string; database: { status: 'ok'; latencyMs: number } }

/** A database that takes longer than this is as good as away. */
const PING_TIMEOUT_MS = 3_000

/** Pings the database. @throws AppError `unavailable` when it is silent, the driver's error when it is away. */
export async function checkHealth(): Promise<Health> {
  const database = (await openClient()).db()
  const start = performance.now()
  const signal = AbortSignal.timeout(PING_TIMEOUT_MS)
  await database.command({ ping: 1 }, { signal }).catch(cause => {
    if (!signal.aborted) throw cause
    throw new AppError('unavailable', 'The database does not answer just now.', {}, { cause })
  })
  const latencyMs = Math.round((performance.now() - start) * 10) / 10
  return { status: 'ok', version: version(), database: { status: 'ok', latencyMs } }
}
