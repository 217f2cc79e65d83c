import { UsageLog } from '../../../models/usage-log.ts'
import type { Answer } from '../../helpers/call.ts'
import type { Tenant } from '../../helpers/tenant.ts'

export const DAY_MS = 86_400_000
const MIDNIGHT = Math.floor(Date.now() / DAY_MS) * DAY_MS

/** A moment `days` before the last midnight (UTC). */
export const ago = (days: number, ms = 0) => new Date(MIDNIGHT - days * DAY_MS + ms)
export const dayOf = (moment: Date) => moment.toISOString().slice(0, 10)

type Given = { at?: Date; endpoint?: string; status?: number; ms?: number | null; metadata?: object }

/** Stores usage rows of a tenant as they would have been logged then. */
export async function log({ clerkId }: Pick<Tenant, 'clerkId'>, ...rows: Given[]): Promise<void> {
  const documents = rows.map(({ at = ago(1), endpoint = '/api/x', status = 200, ms = 5, metadata = {} }) => ({
    ...{ clerkId, endpoint, method: 'GET', status, responseTimeMs: ms, metadata },
    ...{ createdAt: at, updatedAt: at },
  }))
  await UsageLog.collection.insertMany(documents as never)
}

/** The ten days before the last midnight. */
export const TEN_DAYS = `from=${dayOf(ago(9))}&to=${ago(0).toISOString()}`

/** The tenant's usage report. */
export function report(tenant: Tenant, query = TEN_DAYS): Promise<Answer> {
  return tenant.call('GET', `/api/app/usage?${query}`)
}
