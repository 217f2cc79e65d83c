/** Where @vercel/functions looks for the platform's `waitUntil`. */
const REQUEST_CONTEXT = Symbol.for('@vercel/request-context')

export type Background = {
  /** Resolves when no work is left, including work that background work started. */
  drain(): Promise<void>
}

let kept: Background | undefined

/**
 * Plays the platform's part for `waitUntil`: remembers work that outlives its response, so it can be awaited.
 * A process has one.
 */
export function keepBackgroundWork(): Background {
  kept ??= keep()
  return kept
}

function keep(): Background {
  const pending = new Set<Promise<unknown>>()
  const waitUntil = (work: Promise<unknown>) => {
    const settled = work.catch(() => {}).finally(() => pending.delete(settled))
    pending.add(settled)
  }
  Object.assign(globalThis, { [REQUEST_CONTEXT]: { get: () => ({ waitUntil }) } })
  return {
    async drain() {
      while (pending.size > 0) await Promise.all(pending)
    },
  }
}
