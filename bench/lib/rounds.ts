import { medians } from './figures.ts'
import type { Options } from './part.ts'

type Measure<F> = () => Promise<F>

/**
 * Measures several contestants, one after the other in each round and every second round backwards, so that what
 * disturbs the machine disturbs them alike. Gives the medians of each. A first round, which warms up, is not counted.
 */
export async function alternate<F extends Record<string, number>>(
  contestants: Readonly<Record<string, Measure<F>>>,
  { rounds, note }: Pick<Options, 'rounds' | 'note'>,
): Promise<Record<string, F>> {
  const measured = new Map<string, F[]>(Object.keys(contestants).map(name => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    const turns = Object.entries(contestants)
    if (round % 2 === 1) turns.reverse()
    for (const [name, measure] of turns) {
      const figures = await measure()
      if (round > 0) measured.get(name)?.push(figures)
    }
    note(round === 0 ? 'warm' : `round ${round} of ${rounds}`)
  }
  return Object.fromEntries(Array.from(measured, ([name, figures]) => [name, medians(figures)]))
}
