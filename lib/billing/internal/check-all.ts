import { isDatabaseAway } from '../../db/faults.ts'
import { log } from '../../log.ts'
import { isPolarAway } from '../../polar/refusals.ts'
import { type Candidate, checkCustomer } from './check-customer.ts'

/** `failed` is the part of `checked` that Polar gave no answer for. */
export type CheckCounts = { checked: number; changed: number; failed: number }
/** `gaveUp` is what it gave up on, if it did: not everybody was checked then. */
export type CheckReport = CheckCounts & { gaveUp?: unknown }

const AT_ONCE = 4
/** To go on would only move everybody's check. One customer of whom Polar cannot tell says nothing of others. */
const GIVE_UP_AFTER = 5

type Options = { until?: Date; atOnce?: number }

/** Checks customers, a few at a time; takes no more after `until`, or once it is clear that Polar is away. */
export async function checkAll(
  candidates: AsyncIterable<Candidate>,
  { until, atOnce = AT_ONCE }: Options = {},
): Promise<CheckReport> {
  const report: CheckReport = { checked: 0, changed: 0, failed: 0 }
  /** Faults in a row that had nothing to do with the customer. */
  const away: unknown[] = []

  async function check(candidate: Candidate): Promise<void> {
    try {
      const outcome = await checkCustomer(candidate)
      if (!outcome) return
      report.checked += 1
      if (outcome === 'changed') report.changed += 1
      away.length = 0
    } catch (error) {
      log().warn({ err: error, clerkId: candidate.clerkId }, 'a customer could not be checked at Polar')
      report.checked += 1
      report.failed += 1
      if (isPolarAway(error) || isDatabaseAway(error)) away.push(error)
      else away.length = 0
    }
  }

  /** Ends with the first candidate that comes once it is over; closes the source either way. */
  async function* open(): AsyncGenerator<Candidate> {
    for await (const candidate of candidates) {
      if (until && Date.now() >= until.getTime()) return
      if (away.length >= GIVE_UP_AFTER) {
        report.gaveUp = away.at(-1)
        log().warn('gave up: not everybody was checked at Polar')
        return
      }
      yield candidate
    }
  }

  const queue = open()
  const worker = async () => {
    for await (const candidate of shared(queue)) await check(candidate)
  }
  const ends = await Promise.allSettled(Array.from({ length: atOnce }, worker))
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  return report
}

/** One generator for several loops: a generator queues their demands, and none of them may close it. */
function shared<T>(source: AsyncGenerator<T>): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => ({ next: () => source.next() }) }
}
