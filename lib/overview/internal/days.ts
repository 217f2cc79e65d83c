import { SETTLING_MS } from '../../figures/spans.ts'

export const DAY_MS = 24 * 60 * 60 * 1000

/** `2026-01-09`, UTC. */
export type Day = string

/** The last `count` days, oldest first; the last one is that of `now`. */
export function lastDays(count: number, now: Date): Day[] {
  return Array.from({ length: count }, (_, index) => dayOf(now.getTime() - (count - 1 - index) * DAY_MS))
}

export function beginningOf(day: Day): Date {
  return new Date(day)
}

export function endOf(day: Day): Date {
  return new Date(beginningOf(day).getTime() + DAY_MS)
}

/** Whether nothing more will happen on that day, nor be logged of it. */
export function isOver(day: Day, now: Date): boolean {
  return endOf(day).getTime() + SETTLING_MS <= now.getTime()
}

function dayOf(time: number): Day {
  return new Date(time).toISOString().slice(0, 10)
}
