/** The value in the middle; of an even count the mean of the two. */
export function median(values: readonly number[]): number {
  if (values.length === 0) throw new Error('no values')
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  const [low, high] = [sorted[Math.ceil(middle) - 1] ?? NaN, sorted[Math.floor(middle)] ?? NaN]
  return (low + high) / 2
}

/** The nearest-rank percentile: the smallest value that `share` of all values do not exceed. */
export function percentileOf(values: readonly number[], share: number): number {
  if (values.length === 0) throw new Error('no values')
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN
}

/** The median of each figure over several measurements of one thing. */
export function medians<F extends Record<string, number>>(measurements: readonly F[]): F {
  const [first] = measurements
  if (!first) throw new Error('no measurements')
  const names = Object.keys(first) as (keyof F & string)[]
  return Object.fromEntries(names.map(name => [name, median(measurements.map(one => one[name] ?? NaN))])) as F
}
