import type { Model } from 'mongoose'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'

/** Longer than any request takes that may be reading the figures of hours by a mark of before. */
const STILL_READ_MS = 60 * 60 * 1000

type HourFigures = { unit: 'hour' | 'day'; start: Date; expiresAt?: Date | null }

/** Lets the figures of hours before `day` expire: the days they are of have figures, and a mark that says so. */
export async function letGoOfHours<D extends HourFigures>(model: Model<D>, day: Date): Promise<void> {
  const expiresAt = new Date(Date.now() + STILL_READ_MS)
  const isKept = [{ expiresAt: null }, { expiresAt: { $gt: expiresAt } }]
  const replaced = { unit: 'hour', start: { $lt: day }, $or: isKept }
  await model.updateMany(replaced as never, { $set: { expiresAt } } as never).setOptions(ACROSS_TENANTS)
}
