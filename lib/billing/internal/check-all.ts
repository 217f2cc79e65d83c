import { log } from '../../log.ts'
import { type Candidate, checkCustomer } from './check-customer.ts'

/** `failed` is the part of `checked` that Polar gave no answer for. */
export type CheckCounts = { checked: number; changed: number; failed: number }

const AT_ONCE = 4
/** Polar is away then: to go on would only move everybody's check. */
const GIVE_UP_AFTER = 5

/** Checks customers, a few at a time; takes no more after `until`, or once several in a row failed. */
export async function checkAll(candidates: AsyncIterable<Candidate>, until?: Date): Promise<CheckCounts> {
  const counts: CheckCounts = { checked: 0, changed: 0, failed: 0 }
  let failedInARow = 0
  const isOver = () => failedInARow >= GIVE_UP_AFTER || (until !== undefined && Date.now() >= until.getTime())

  async function check(candidate: Candidate): Promise<void> {
    try {
      const outcome = await checkCustomer(candidate)
      if (!outcome) return
      counts.checked += 1
      if (outcome === 'changed') counts.changed += 1
      failedInARow = 0
    } catch (error) {
      log().warn({ err: error, clerkId: candidate.clerkId }, 'a customer could not be checked at Polar')
      counts.checked += 1
      counts.failed += 1
      failedInARow += 1
    }
  }

  const open = takeUntil(candidates, isOver)
  const worker = async () => {
    for await (const candidate of shared(open)) await check(candidate)
  }
  const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return counts
}

/** Ends with the first item that comes once it is over; closes the source either way. */
async function* takeUntil<T>(source: AsyncIterable<T>, isOver: () => boolean): AsyncGenerator<T> {
  for await (const item of source) {
    if (isOver()) return
    yield item
  }
}

/** One generator for several loops: a generator queues their demands, and none of them may close it. */
function shared<T>(source: AsyncGenerator<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => ({ next: () => source.next() }) }
}
