import { hasTime } from '../deadline.ts'
import { readSettled } from '../figures/settled.ts'
import { addUp } from './internal/add-up.ts'
import { isOver, lastDays } from './internal/days.ts'
import { findKept, keep } from './internal/kept.ts'

/** Days of which all requests are in the usage log still, today included. */
const LOGGED_DAYS = 90
/** The longest that one run goes on to the next day. */
const MOST_MS = 60_000

/**
 * Adds up the days that are over and not kept yet, oldest first, as far as time allows; `days` is how many it
 * kept. What is kept stays as it is. Two runs at once keep each day once.
 */
export async function settleFigures({
  until = new Date(Date.now() + MOST_MS),
}: {
  until?: Date
} = {}): Promise<{ days: number }> {
  const now = new Date()
  const finished = lastDays(LOGGED_DAYS, now).filter(day => isOver(day, now))
  const [kept, settled] = await Promise.all([findKept(finished), readSettled()])
  let days = 0
  for (const day of finished) {
    if (!hasTime({ until })) break
    if (!kept.has(day) && (await keep(await addUp(day, settled)))) days++
  }
  return { days }
}
