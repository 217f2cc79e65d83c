export type Unit = 'hour' | 'day'

/** From `start` until just before `end`. */
export type Span = { start: Date; end: Date }

const HOUR_MS = 60 * 60 * 1000
const LENGTHS: Readonly<Record<Unit, number>> = { hour: HOUR_MS, day: 24 * HOUR_MS }

/** How long what happened may still come to its log after it. */
export const SETTLING_MS = 10 * 60 * 1000

/** The beginning (UTC) of the hour or day that a moment is in. */
export function floorTo(unit: Unit, moment: Date): Date {
  return new Date(Math.floor(moment.getTime() / LENGTHS[unit]) * LENGTHS[unit])
}

/** The first beginning of an hour or day at or after a moment. */
export function ceilTo(unit: Unit, moment: Date): Date {
  return new Date(Math.ceil(moment.getTime() / LENGTHS[unit]) * LENGTHS[unit])
}

/** The hour or day that begins at `start`. */
export function spanFrom(unit: Unit, start: Date): Span {
  return { start, end: new Date(start.getTime() + LENGTHS[unit]) }
}

/** The end of the last hour or day of which nothing more will be logged. */
export function lastEnd(unit: Unit, now: Date): Date {
  return floorTo(unit, new Date(now.getTime() - SETTLING_MS))
}

export function later(one: Date, other: Date): Date {
  return one > other ? one : other
}

export function earlier(one: Date, other: Date): Date {
  return one < other ? one : other
}
