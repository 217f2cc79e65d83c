import { settleSoon } from '../../figures/settle-soon.ts'
import { readSettled, type Settled } from '../../figures/settled.ts'
import type { DayFigures } from '../contracts.ts'
import { addUp } from './add-up.ts'
import { type Day, isOver, lastDays } from './days.ts'
import { findKept, keep } from './kept.ts'

/** The figures of the last days, oldest first, as they were kept; what is missing and over is kept now. */
export async function readDays(count: number, now: Date): Promise<DayFigures[]> {
  const days = lastDays(count, now)
  const [kept, settled] = await Promise.all([findKept(days), readSettled()])
  const figures: DayFigures[] = []
  // One after another: many at once would take the database from everybody else.
  for (const day of days) figures.push(kept.get(day) ?? (await addUpAndKeep(day, now, settled)))
  return figures
}

async function addUpAndKeep(day: Day, now: Date, settled: Settled): Promise<DayFigures> {
  const figures = await addUp(day, settled)
  settleSoon(settled, figures.requests)
  if (!isOver(day, now) || (await keep(figures))) return figures
  return (await findKept([day])).get(day) ?? figures
}
