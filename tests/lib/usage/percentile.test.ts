import { describe, expect, it } from 'vitest'
import { percentile } from '../../../lib/usage/internal/percentile.ts'
import { random } from '../billing/histories.ts'

const histogramOf = (values: number[]) => {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

/** The definition of the nearest rank, in whole numbers: `percent` of 100. */
function byDefinition(values: number[], percent: number): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil((percent * sorted.length) / 100) - 1] ?? null
}

describe('percentile', () => {
  it.each([
    [[], null, null],
    [[7], 7, 7],
    [[1, 2], 1, 2],
    [[3, 1, 2], 2, 3],
    [[0, 0, 0, 9], 0, 9],
    [[10, 9, 100], 10, 100],
  ])('of %j is %s at 50 and %s at 95', (values, p50, p95) => {
    expect(percentile(histogramOf(values), 0.5)).toBe(p50)
    expect(percentile(histogramOf(values), 0.95)).toBe(p95)
  })

  it('is the nearest rank for every number of values up to 1,000', () => {
    for (let size = 1; size <= 1_000; size++) {
      const values = Array.from({ length: size }, (_, index) => index)
      expect(percentile(histogramOf(values), 0.95), `of ${size}`).toBe(byDefinition(values, 95))
      expect(percentile(histogramOf(values), 0.5), `of ${size}`).toBe(byDefinition(values, 50))
    }
  })

  it('is the nearest rank of random values', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const next = random(seed)
      const values = Array.from({ length: Math.floor(next() * 200) }, () => Math.floor(next() * 30))
      expect(percentile(histogramOf(values), 0.5), `seed ${seed}`).toBe(byDefinition(values, 50))
      expect(percentile(histogramOf(values), 0.95), `seed ${seed}`).toBe(byDefinition(values, 95))
    }
  })
})
