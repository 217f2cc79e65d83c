import { UsageCounter } from '../../../models/usage-counter.ts'
import { ACROSS_TENANTS } from '../../db/tenant-guard.ts'
import { countingLiveKeys } from '../../keys/count-live.ts'
import {
  COUNTER_FIELDS,
  type CounterRow,
  type CounterValues,
  countersOf,
  tellCounters,
} from '../../limits/counters.ts'

/** How much of its limits a tenant has used. */
export type Used = CounterValues & { apiKeys: number }

type KeysRow = { _id: string; apiKeys: number }

/** What these tenants have used, read by one command; gives what tells that of each. */
export async function readUsed(clerkIds: string[], now = new Date()): Promise<(clerkId: string) => Used> {
  const counters = [{ $match: countersOf(clerkIds, now) }, { $project: COUNTER_FIELDS }]
  const found: (CounterRow | KeysRow)[] = await countingLiveKeys(clerkIds, now)
    .unionWith({ coll: UsageCounter.collection.collectionName, pipeline: counters })
    .option(ACROSS_TENANTS)
  const tell = tellCounters(found.filter(row => 'period' in row))
  const keys = new Map(found.flatMap(row => ('apiKeys' in row ? [[row._id, row.apiKeys]] : [])))
  return clerkId => ({ ...tell(clerkId), apiKeys: keys.get(clerkId) ?? 0 })
}
