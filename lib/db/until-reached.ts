import { setTimeout as sleep } from 'node:timers/promises'
import { isDatabaseAway } from './faults.ts'
import { TransactionTimeout } from './transaction.ts'

/** Longer than a set of servers takes to elect a successor, no longer than functions may go on after an answer. */
const PERSISTENCE_MS = 60_000
const PAUSE_MS = 250

/**
 * Does work again while the database is away. An attempt that failed may have had its effect all the same: `work`
 * must be of a kind that a second time changes nothing.
 * @throws what the last attempt of a minute threw
 */
export async function untilReached<T>(work: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + PERSISTENCE_MS
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const isReached = !isDatabaseAway(error) || error instanceof TransactionTimeout
      if (isReached || performance.now() > deadline) throw error
      await sleep(PAUSE_MS)
    }
  }
}
