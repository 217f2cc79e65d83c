export type Interval = 'hour' | 'day' | 'month'

const HOUR_MS = 60 * 60 * 1000
const LENGTHS = { hour: HOUR_MS, day: 24 * HOUR_MS } as const

/** How many steps of this length, each begun on its hour, day or month (UTC), hold a moment of the range. */
export function countSteps(from: Date, to: Date, interval: Interval): number {
  const last = new Date(to.getTime() - 1)
  return ordinalOf(last, interval) - ordinalOf(from, interval) + 1
}

/** The beginnings of these steps, in order. */
export function stepsOf(from: Date, to: Date, interval: Interval): Date[] {
  const first = ordinalOf(from, interval)
  const count = countSteps(from, to, interval)
  return Array.from({ length: count }, (_, index) => beginningOf(first + index, interval))
}

/** Hours, days or months since 1970 began. */
function ordinalOf(moment: Date, interval: Interval): number {
  if (interval === 'month') return (moment.getUTCFullYear() - 1970) * 12 + moment.getUTCMonth()
  return Math.floor(moment.getTime() / LENGTHS[interval])
}

function beginningOf(ordinal: number, interval: Interval): Date {
  return interval === 'month'
    ? new Date(new Date(0).setUTCMonth(ordinal))
    : new Date(ordinal * LENGTHS[interval])
}
