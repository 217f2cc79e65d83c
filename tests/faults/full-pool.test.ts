import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { connect } from '../../lib/db/connect.ts'
import { isDatabaseAway } from '../../lib/db/faults.ts'
import { refunded, takeChatMessage } from '../../lib/limits/chat-quota.ts'
import { UsageCounter } from '../../models/usage-counter.ts'
import { background } from '../setup/file.ts'

const POOL = 10
const HELD_MS = 20_000
/** One waits 5 s for a connection: for what fails, then for what takes it back. */
const LONGEST_MS = 15_000

/** Holds every connection to a database that is well. */
async function holdPool(): Promise<() => Promise<unknown>> {
  const collection = (await connect()).collection('watched')
  const streams = Array.from({ length: POOL }, () => collection.watch([], { maxAwaitTimeMS: HELD_MS }))
  const waits = streams.map(stream => stream.next().catch(() => {}))
  await sleep(500)
  return () => Promise.all([...streams.map(stream => stream.close()), ...waits])
}

it('a failure is told soon though the database takes a chat message back later', {
  timeout: 90_000,
}, async () => {
  const [other, ip] = ['192.0.2.1', '192.0.2.2']
  const unit = await takeChatMessage({ kind: 'visitor', clerkId: null, ip }, null)
  const release = await holdPool()
  const start = performance.now()
  const [untaken, failed] = await Promise.allSettled([
    takeChatMessage({ kind: 'visitor', clerkId: null, ip: other }, null),
    refunded(unit, Promise.reject(new Error('the provider failed'))),
  ])
  const ms = performance.now() - start
  await release()
  await background.drain()

  expect(untaken).toMatchObject({ status: 'rejected' })
  expect(isDatabaseAway('reason' in untaken && untaken.reason)).toBe(true)
  expect(failed).toMatchObject({ reason: { message: 'the provider failed' } })
  expect(ms).toBeLessThan(LONGEST_MS)
  const clerkId = { $in: [`visitor:${ip}`, `visitor:${other}`] }
  const counters = await UsageCounter.find({ clerkId }, { chatMessages: 1, takenBy: 1 }).lean()
  expect(counters).toMatchObject([{ chatMessages: 0, takenBy: [] }])
})
