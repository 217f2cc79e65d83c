import { SettledFigures, type SettledFiguresDocument, type SoFar } from '../../models/settled-figures.ts'
import { ceilTo, earlier, floorTo, later, type Span } from './spans.ts'

/** The id of the one document that says how far figures are made. */
export const SETTLED_ID = 'all'

/**
 * How far figures are made: all days before `days`, and from there all hours before `hours`. `soFar` is what these
 * hours, which are of one day, came to.
 */
export type Settled = { days: Date; hours: Date; soFar: SoFar | null }

/** Where the figures of a period are to be found, and which of it are in the logs alone. */
export type Parts = { days: Span | null; hours: Span | null; rows: Span[] }

/** The first moment there is: events may be older than 1970. */
const NEVER = new Date(-8_640_000_000_000_000)

/** What this tells never becomes wrong: figures that others replace stay for as long as any request takes. */
export async function readSettled(): Promise<Settled> {
  return toSettled(await SettledFigures.findById(SETTLED_ID).lean<SettledFiguresDocument>())
}

export function toSettled(stored: SettledFiguresDocument | null): Settled {
  const days = stored?.days ?? NEVER
  const { hours, soFar } = stored ?? {}
  return hours && hours > days ? { days, hours, soFar: soFar ?? null } : { days, hours: days, soFar: null }
}

/** Divides a period into whole days and hours that have figures and what is left of it, which has none. */
export function partsOf({ start, end }: Span, settled: Settled): Parts {
  const days = spanOf(ceilTo('day', start), earlier(floorTo('day', end), settled.days))
  const fromHour = ceilTo('hour', later(start, settled.days))
  const hours = spanOf(fromHour, earlier(floorTo('hour', end), settled.hours))
  const rows: Span[] = []
  let from = start
  for (const part of [days, hours]) {
    if (!part) continue
    if (from < part.start) rows.push({ start: from, end: part.start })
    from = part.end
  }
  if (from < end) rows.push({ start: from, end })
  return { days, hours, rows }
}

function spanOf(start: Date, end: Date): Span | null {
  return start < end ? { start, end } : null
}
