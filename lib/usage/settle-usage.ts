import type { PipelineStage } from 'mongoose'
import { UsageFigures } from '../../models/usage-figures.ts'
import { USAGE_LOG_TTL_SECONDS, UsageLog } from '../../models/usage-log.ts'
import { eachOf } from '../db/each.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { letGoOfHours } from '../figures/hours.ts'
import type { Span, Unit } from '../figures/spans.ts'
import { type TenantUsage, toFigures } from './internal/figures.ts'
import { threeDigits } from './internal/times.ts'
import { SUMS_OF_ROWS, SUMS_OF_SUMS, SUMS_THEMSELVES } from './sums.ts'

/** The figures of so many tenants are written at once. */
const BATCH_SIZE = 100
/**
 * Stores what each tenant's requests of a span that is over came to, but for tenants who are leaving. Doing it
 * again stores the same.
 */
export async function settleUsage(unit: Unit, span: Span, leaving: string[]): Promise<void> {
  const found = UsageLog.aggregate(usageByTenant(span, leaving))
    .option(ACROSS_TENANTS)
    .hint({ createdAt: 1 })
    .cursor<TenantUsage>({ batchSize: BATCH_SIZE })
  let batch: TenantUsage[] = []
  for await (const usage of eachOf(found)) {
    batch.push(usage)
    if (batch.length < BATCH_SIZE) continue
    await store(unit, span, batch)
    batch = []
  }
  if (batch.length > 0) await store(unit, span, batch)
  if (unit === 'day') await letGoOfHours(UsageFigures, span.start)
}

/** One document a tenant, small enough for one by its times of three digits. */
function usageByTenant({ start, end }: Span, leaving: string[]): PipelineStage[] {
  const ofRow = { clerkId: '$clerkId', endpoint: '$endpoint', ms: threeDigits('$responseTimeMs') }
  const ofEndpoint = { clerkId: '$_id.clerkId', endpoint: '$_id.endpoint' }
  const time = { ms: '$_id.ms', count: '$requests' }
  const endpoint = { endpoint: '$_id.endpoint', ...SUMS_THEMSELVES, times: '$times' }
  return [
    { $match: { createdAt: { $gte: start, $lt: end }, clerkId: { $nin: leaving } } },
    { $group: { _id: ofRow, ...SUMS_OF_ROWS } },
    { $group: { _id: ofEndpoint, ...SUMS_OF_SUMS, times: { $push: time } } },
    { $group: { _id: '$_id.clerkId', endpoints: { $push: endpoint } } },
  ]
}

async function store(unit: Unit, { start, end }: Span, batch: TenantUsage[]): Promise<void> {
  const expiresAt = new Date(end.getTime() + USAGE_LOG_TTL_SECONDS * 1000)
  const updates = batch.map(({ _id: clerkId, endpoints }) => ({
    updateOne: {
      filter: { unit, clerkId, start },
      update: { $set: { ...toFigures(endpoints), expiresAt } },
      upsert: true,
    },
  }))
  // Straight through the driver: they are our own, and each names its tenant.
  await UsageFigures.collection.bulkWrite(updates as never, { ordered: false })
}
