/** How often each value occurred. */
export type Histogram = Map<number, number>

/** The nearest-rank percentile of a histogram: the smallest value that `share` of all values do not exceed. */
export function percentile(histogram: Histogram, share: number): number | null {
  const values = [...histogram].sort(([a], [b]) => a - b)
  const total = values.reduce((sum, [, count]) => sum + count, 0)
  let seen = 0
  for (const [value, count] of values) {
    seen += count
    if (seen >= share * total) return value
  }
  return null
}
