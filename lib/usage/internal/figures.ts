import type { UsageFiguresDocument, UsageSums } from '../../../models/usage-figures.ts'
import { addTo, noSums } from '../sums.ts'
import { type Histogram, percentile } from './percentile.ts'
import { addTime, packTimes } from './times.ts'

/** What the log tells of a tenant's requests; where no time was kept, `ms` is null. */
export type TenantUsage = {
  _id: string
  endpoints: (UsageSums & { endpoint: string; times: { ms: number | null; count: number }[] })[]
}

/** As it is stored. */
export function toFigures(
  told: TenantUsage['endpoints'],
): Pick<UsageFiguresDocument, 'total' | 'times' | 'endpoints'> {
  const sums = noSums()
  const all: Histogram = new Map()
  const endpoints = told.map(({ times, ...endpoint }) => {
    addTo(sums, endpoint)
    const own: Histogram = new Map()
    for (const { ms, count } of times) {
      if (ms === null) continue
      addTime(own, ms, count)
      addTime(all, ms, count)
    }
    return { ...endpoint, times: packTimes(own) }
  })
  const total = { ...sums, p50Ms: percentile(all, 0.5), p95Ms: percentile(all, 0.95) }
  return { total, times: packTimes(all), endpoints }
}
