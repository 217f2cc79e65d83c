import { inBackgroundOnce } from '../background.ts'
import type { Settled } from './settled.ts'
import { lastEnd } from './spans.ts'

/** As many rows are read in a few milliseconds: below that, figures would spare nothing. */
const MANY_ROWS = 500
/** The longest that a request's instance goes on after it. */
const MOST_MS = 20_000

/** Makes figures after the answer, where one had to read many rows, or might have, for want of them. */
export function settleSoon({ days, hours }: Settled, rowsRead: number): void {
  const now = new Date()
  const isDue = days < lastEnd('day', now) || hours < lastEnd('hour', now)
  if (rowsRead < MANY_ROWS || !isDue) return
  inBackgroundOnce('settle figures', () => settle(new Date(now.getTime() + MOST_MS)))
}

/** Loaded when needed: few requests settle anything. */
async function settle(until: Date): Promise<void> {
  const { settle } = await import('./settle.ts')
  await settle({ until })
}
