import { afterEach, beforeEach, expect, it } from 'vitest'
import { connect } from '../../lib/db/connect.ts'
import { isDatabaseAway } from '../../lib/db/faults.ts'
import { refunded, takeChatMessage } from '../../lib/limits/chat-quota.ts'
import { UsageCounter } from '../../models/usage-counter.ts'
import { background } from '../setup/file.ts'

/** As long as one waits for a connection, twice: for what fails, and for what takes it back. */
const LONGEST_MS = 10_000 + 3_000
const POOL = 10

const ip = '192.0.2.1'
const caller = { kind: 'visitor', ip } as const
const counter = () => UsageCounter.findOne({ clerkId: `visitor:${ip}` }).lean()
let release: () => Promise<void>

beforeEach(async () => {
  await UsageCounter.deleteMany({ clerkId: `visitor:${ip}` })
})

afterEach(() => release())

/** Holds every connection to a database that is well. */
async function fillPool(): Promise<() => Promise<void>> {
  const collection = (await connect()).collection('watched')
  const streams = Array.from({ length: POOL }, () => collection.watch([], { maxAwaitTimeMS: 25_000 }))
  const waits = streams.map(stream => stream.next().catch(() => {}))
  await new Promise(resolve => setTimeout(resolve, 1_000))
  return async () => {
    await Promise.all(streams.map(stream => stream.close()))
    await Promise.all(waits)
  }
}

async function failure(work: Promise<unknown>): Promise<{ error: unknown; ms: number }> {
  const start = performance.now()
  const error = await work.then(
    () => undefined,
    fault => fault,
  )
  return { error, ms: performance.now() - start }
}

it('who finds no connection to take a chat message by is told soon', { timeout: 120_000 }, async () => {
  release = await fillPool()
  const { error, ms } = await failure(takeChatMessage(caller, null))
  expect(isDatabaseAway(error)).toBe(true)
  expect(ms).toBeLessThan(LONGEST_MS)
})

it('a failure is told soon though the chat message is given back later', { timeout: 120_000 }, async () => {
  const unit = await takeChatMessage(caller, null)
  release = await fillPool()
  const { error, ms } = await failure(refunded(unit, Promise.reject(new Error('the provider failed'))))
  expect(error).toMatchObject({ message: 'the provider failed' })
  expect(ms).toBeLessThan(LONGEST_MS)
  await release()
  await background.drain()
  expect(await counter()).toMatchObject({ chatMessages: 0, takenBy: [] })
})
