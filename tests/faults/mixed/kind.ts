import type { Hand } from './hand.ts'
import type { Effect } from './ledger.ts'
import type { Stored } from './stored.ts'

/** One kind of thing that the load does, and how to tell afterwards that it was kept. */
export type Kind = {
  /** Does it once, by one call or several that belong together. */
  act(hand: Hand): Promise<void>
  /** What is wrong in the database about these effects of the kind. */
  check(effects: Effect[], stored: Stored): string[]
}

/** An effect asked for so may be there or not, but once at most; an acknowledged one is there. */
export function countedWrong(effect: Effect, count: number, what: string): string[] {
  const { kind, mark, answers } = effect
  if (answers.length > 0 && count === 0) return [`${kind} ${mark}: answered 2xx, but there is no ${what}`]
  if (count > 1) return [`${kind} ${mark}: there are ${count} of its ${what}`]
  return []
}

/** Groups what has a name, so that each is looked up at once. */
export function groupBy<T>(items: readonly T[], nameOf: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const name = nameOf(item)
    if (name === undefined) continue
    const group = groups.get(name)
    if (group) group.push(item)
    else groups.set(name, [item])
  }
  return groups
}
