import { describe, expect, it } from 'vitest'
import { partsOf } from '../../../lib/figures/settled.ts'
import { random } from '../billing/histories.ts'
import { HOUR_MS } from './seeds.ts'

const DAY_MS = 24 * HOUR_MS
const at = (text: string) => new Date(`2026-01-${text}`)

describe('the parts of a period', () => {
  const settled = { days: at('10T00:00Z'), hours: at('10T15:00Z'), soFar: null }

  it('are whole days, then whole hours, and what is left before, between and after', () => {
    expect(partsOf({ start: at('07T12:30Z'), end: at('10T15:20Z') }, settled)).toEqual({
      days: { start: at('08T00:00Z'), end: at('10T00:00Z') },
      hours: { start: at('10T00:00Z'), end: at('10T15:00Z') },
      rows: [
        { start: at('07T12:30Z'), end: at('08T00:00Z') },
        { start: at('10T15:00Z'), end: at('10T15:20Z') },
      ],
    })
  })

  it('are rows alone where nothing is settled', () => {
    const never = { days: new Date(0), hours: new Date(0), soFar: null }
    const period = { start: at('07T00:00Z'), end: at('10T00:00Z') }
    expect(partsOf(period, never)).toEqual({ days: null, hours: null, rows: [period] })
  })

  it('are no hours of a day that is settled', () => {
    const period = { start: at('08T03:00Z'), end: at('08T05:00Z') }
    expect(partsOf(period, settled)).toEqual({ days: null, hours: null, rows: [period] })
  })

  it.each([1, 2, 3])('hold each moment once, in order (seed %i)', seed => {
    const next = random(seed)
    const moment = (width: number) => {
      const time = at('05T00:00Z').getTime() + Math.floor(next() * width)
      return next() < 0.3 ? Math.floor(time / HOUR_MS) * HOUR_MS : time
    }
    for (let round = 0; round < 2_000; round++) {
      const [start, end] = [moment(8 * DAY_MS), moment(8 * DAY_MS)].sort((a, b) => a - b) as [number, number]
      if (start === end) continue
      const days = Math.floor(moment(6 * DAY_MS) / DAY_MS) * DAY_MS
      const hours = days + Math.floor(next() * 24) * HOUR_MS
      const parts = partsOf(
        { start: new Date(start), end: new Date(end) },
        { days: new Date(days), hours: new Date(hours), soFar: null },
      )
      const spans = [...parts.rows, parts.days, parts.hours]
        .filter(span => span !== null)
        .sort((a, b) => a.start.getTime() - b.start.getTime())
      const edges = spans.map(span => span.end.getTime())
      expect(spans.map(span => span.start.getTime())).toEqual([start, ...edges.slice(0, -1)])
      expect(edges.at(-1)).toBe(end)
      for (const span of spans) expect(span.start < span.end).toBe(true)
      expect((parts.days?.end.getTime() ?? 0) <= days && (parts.hours?.end.getTime() ?? 0) <= hours).toBe(
        true,
      )
    }
  })
})
