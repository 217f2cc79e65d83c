import { describe, expect, it } from 'vitest'
import { median, medians, percentileOf } from '../../bench/lib/figures.ts'
import { atLeast, atMost, rounded } from '../../bench/lib/part.ts'
import { targetTable, toMarkdown } from '../../bench/lib/report.ts'
import { alternate } from '../../bench/lib/rounds.ts'

describe('figures', () => {
  it('takes the value in the middle, whatever the order', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([9, 1, 5, 3])).toBe(4)
    expect(() => median([])).toThrow('no values')
  })

  it('takes the smallest value that a share of all does not exceed', () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i)
    expect(percentileOf(values, 0.5)).toBe(50)
    expect(percentileOf(values, 0.99)).toBe(99)
    expect(percentileOf([7], 0.99)).toBe(7)
  })

  it('takes the median of each figure by itself', () => {
    const measured = [
      { ms: 1, perSecond: 30 },
      { ms: 3, perSecond: 10 },
      { ms: 2, perSecond: 20 },
    ]
    expect(medians(measured)).toEqual({ ms: 2, perSecond: 20 })
  })
})

describe('a target', () => {
  it('is met at its bound, and judged before rounding', () => {
    expect(atLeast(0.4, 'a', 0.4, 'x')).toEqual({
      name: 'a',
      value: 0.4,
      unit: 'x',
      target: '>= 0.4',
      pass: true,
    })
    expect(atLeast(0.4, 'a', 0.39999, 'x').pass).toBe(false)
    expect(atMost(2, 'b', 2.0004, 'x')).toMatchObject({ value: 2, target: '<= 2', pass: false })
  })

  it('is missed by what was not measured', () => {
    expect(atLeast(0.4, 'a', Number.NaN, 'x').pass).toBe(false)
    expect(atMost(2, 'b', Number.NaN, 'x').pass).toBe(false)
  })

  it('stands in the table with its bound', () => {
    const table = toMarkdown(targetTable([atMost(2, 'slow', 3, 'x floor')]))
    expect(table).toMatch(/\| slow +\| 3 x floor +\| <= 2 +\| MISSED \|/)
  })
})

it('rounds to three digits, and large values to whole ones', () => {
  expect([0.12345, 12.345, 1234.5].map(rounded)).toEqual([0.123, 12.3, 1235])
})

it('lets contestants take turns, every second round backwards, and does not count the first', async () => {
  const turns: string[] = []
  const contestant = (name: string) => async () => {
    turns.push(name)
    return { at: turns.length }
  }
  const found = await alternate({ a: contestant('a'), b: contestant('b') }, { rounds: 3, note: () => {} })
  expect(turns.join('')).toBe('abbaabba')
  expect(found).toEqual({ a: { at: 5 }, b: { at: 6 } })
})
