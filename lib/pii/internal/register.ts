import type { PiiKind } from '../find-pii.ts'
import { placeholderOf, type Written } from './placeholder.ts'

/** Which placeholder stands for which value. */
export function createRegister() {
  const values = new Map<string, string>()
  const placeholders = new Map<string, string>()
  const reserved = new Set<string>()
  const counts = new Map<PiiKind, number>()

  function next(kind: PiiKind): string {
    let count = counts.get(kind) ?? 0
    do count++
    while (reserved.has(placeholderOf(kind, count)))
    counts.set(kind, count)
    return placeholderOf(kind, count)
  }

  return {
    isEmpty: () => values.size === 0,
    valueOf: (placeholder: string) => values.get(placeholder),

    placeholderFor(kind: PiiKind, value: string): string {
      const key = `${kind} ${value}`
      const placeholder = placeholders.get(key) ?? next(kind)
      placeholders.set(key, placeholder)
      values.set(placeholder, value)
      return placeholder
    },

    /**
     * Keeps what a text itself writes like a placeholder from being given out. Gives those that have been
     * already: they must be hidden like values.
     */
    reserve(written: Written[]): Written[] {
      const taken = written.filter(({ placeholder }) => values.has(placeholder))
      for (const { placeholder } of written) if (!values.has(placeholder)) reserved.add(placeholder)
      return taken
    },
  }
}
