import type { TenantCaller } from '../auth/caller.ts'
import { InvalidInput } from '../errors.ts'
import { countLiveKeys } from '../keys/count-live.ts'
import { readCounters } from '../limits/counters.ts'
import { limitsOf } from '../limits/plans.ts'
import { type GroupBy, readGroups, type UsageGroup } from './internal/read-groups.ts'

export type UsageRequest = { from?: Date | undefined; to?: Date | undefined; groupBy: GroupBy }

type Counter = { used: number; limit: number | null }

export type UsageReport = {
  period: { start: Date; end: Date }
  counters: Record<'chatMessages' | 'files' | 'bytes' | 'apiKeys', Counter>
  data: UsageGroup[]
}

/** What a tenant used in a period, by day or endpoint, and where its counters stand now. @throws InvalidInput */
export async function reportUsage(
  { account }: TenantCaller,
  { from, to, groupBy }: UsageRequest,
): Promise<UsageReport> {
  const { clerkId } = account
  const now = new Date()
  const end = to ?? now
  const last = new Date(end.getTime() - 1)
  const period = { start: from ?? new Date(Date.UTC(last.getUTCFullYear(), last.getUTCMonth(), 1)), end }
  if (period.start >= period.end) throw new InvalidInput([{ path: 'from', message: 'must lie before `to`' }])
  const [used, apiKeys, data] = await Promise.all([
    readCounters(clerkId, now),
    countLiveKeys(clerkId),
    readGroups(clerkId, period, groupBy),
  ])
  const limits = limitsOf(account)
  const counters = {
    chatMessages: { used: used.chatMessages, limit: limits.chatMessages },
    files: { used: used.files, limit: limits.files },
    bytes: { used: used.bytes, limit: limits.bytes },
    apiKeys: { used: apiKeys, limit: limits.apiKeys },
  }
  return { period, counters, data }
}
