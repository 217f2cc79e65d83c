import { groupBy } from '../mixed/kind.ts'
import type { Call } from '../mixed/ledger.ts'

/** How long calls of each kind took, in ms, as lines of a table. */
export function latencyTable(calls: readonly Call[]): string {
  const kinds = [['all', [...calls]], ...groupBy(calls, ({ kind }) => kind)] as [string, Call[]][]
  const lines = kinds.map(([kind, of]) => {
    const times = of.map(({ ms }) => ms).sort((a, b) => a - b)
    const figures = [of.length, quantile(times, 0.5), quantile(times, 0.99), times.at(-1) ?? 0]
    return kind.padEnd(12) + figures.map(figure => String(Math.round(figure)).padStart(9)).join('')
  })
  return [`${'kind'.padEnd(12)}    calls      p50      p99      max`, ...lines].join('\n')
}

/** Of sorted numbers, the one that this share of them does not exceed. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0
}

/** The mean of each quarter. */
export function quarterMeans(samples: readonly number[]): [number, number, number, number] {
  const mean = (quarter: number) => {
    const part = samples.slice((quarter * samples.length) / 4, ((quarter + 1) * samples.length) / 4)
    return part.reduce((sum, sample) => sum + sample, 0) / part.length
  }
  return [mean(0), mean(1), mean(2), mean(3)]
}
