type Waiting = { owner: string | null; begin: () => void }

/**
 * Runs at most so many pieces of work at once. A place that becomes free goes to the owner who has the fewest
 * running, among those to who came first: one owner's many files hold up nobody else's for longer than one of them.
 */
export function takingTurns(most: number): <T>(owner: string | null, work: () => Promise<T>) => Promise<T> {
  const running: (string | null)[] = []
  const waiting: Waiting[] = []

  const has = (owner: string | null) => running.filter(other => other === owner).length
  function next(): void {
    const [first] = waiting.toSorted((a, b) => has(a.owner) - has(b.owner))
    if (!first) return
    waiting.splice(waiting.indexOf(first), 1)
    running.push(first.owner)
    first.begin()
  }

  return async (owner, work) => {
    if (running.length < most) running.push(owner)
    else await new Promise<void>(begin => waiting.push({ owner, begin }))
    try {
      return await work()
    } finally {
      running.splice(running.indexOf(owner), 1)
      next()
    }
  }
}
