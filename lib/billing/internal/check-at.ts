import { bearing, type Ledger } from './ledger.ts'

/** How long after the end of a period the event that renews or ends it may take to arrive. */
const GRACE_MS = 60 * 60_000
/** How long until a check of the day after: it must be due when that run begins, which may be sooner. */
export const NEXT_DAY_MS = 20 * 60 * 60_000

/**
 * When Polar is to be asked how a customer stands, because an event may have been missed: soon after the first
 * period of a subscription that gives access should have ended, at the latest in the run of the next day,
 * never before `now`. Null when nothing gives access.
 */
export function checkAt(ledger: Ledger, now: Date): Date | null {
  const running = bearing(ledger)
  if (running.length === 0) return null
  const ends = running.flatMap(({ currentPeriodEnd }) =>
    currentPeriodEnd ? [currentPeriodEnd.getTime()] : [],
  )
  const due = Math.min(now.getTime() + NEXT_DAY_MS, ...ends.map(end => end + GRACE_MS))
  return new Date(Math.max(due, now.getTime()))
}
