import { connect } from '../db/connect.ts'
import { version } from '../version.ts'

export type Health = { status: 'ok'; version: string; database: { status: 'ok'; latencyMs: number } }

/** Pings the database. @throws the driver's error when it is away. */
export async function checkHealth(): Promise<Health> {
  const { db } = await connect()
  const start = performance.now()
  await db?.command({ ping: 1 })
  const latencyMs = Math.round((performance.now() - start) * 10) / 10
  return { status: 'ok', version: version(), database: { status: 'ok', latencyMs } }
}
