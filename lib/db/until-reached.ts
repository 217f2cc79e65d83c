import { setTimeout as sleep } from 'node:timers/promises'
import { inBackground } from '../background.ts'
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
      if (!isAway(error) || performance.now() > deadline) throw error
      await sleep(PAUSE_MS)
    }
  }
}

/**
 * As `untilReached`, for work whose end no answer depends on: only its first attempt is waited for, as a database
 * that can be reached may have no connection to spare for long.
 * @throws what the first attempt threw, unless the database is away
 */
export async function soonerOrLater(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!isAway(error)) throw error
    inBackground(name, untilReached(work))
  }
}

/** Whoever waited for others' locks in vain has reached it. */
function isAway(error: unknown): boolean {
  return isDatabaseAway(error) && !(error instanceof TransactionTimeout)
}
