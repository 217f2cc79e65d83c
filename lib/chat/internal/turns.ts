/** Gives each of some works on one conversation its turn. */
export type Turns = <T>(conversationId: string, work: () => Promise<T>) => Promise<T>

/**
 * Turns within this instance: works on the same conversation run one after the other, as at once they would only
 * hinder each other, and each would keep a connection meanwhile.
 */
export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>()
  return async (id, work) => {
    const begin = () => work()
    const mine = (last.get(id) ?? Promise.resolve()).then(begin, begin)
    last.set(id, mine)
    try {
      return await mine
    } finally {
      if (last.get(id) === mine) last.delete(id)
    }
  }
}
