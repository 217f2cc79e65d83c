import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  badlyAnswered,
  type Cluster,
  killPrimary,
  type Outage,
  startCluster,
  summaryOf,
  untilServed,
  waitedIn,
} from './failover.ts'
import type { Ledger } from './mixed/ledger.ts'
import { verifyLedger } from './mixed/verify.ts'

const isFull = process.env.FAULTS === 'full'
const FAULTS = isFull ? 3 : 1
/** Under load before each fault. */
const STEADY_MS = isFull ? 10_000 : 1_000
const LONGEST_WAIT_MS = 8_000
const WRITES = [
  'clerk',
  'polar',
  'key',
  'chat',
  'stream',
  'upload',
  'contact',
  'demo',
  'feedback',
  'analytics',
]
const EVERY_KIND = [...WRITES, 'read']

let cluster: Cluster
let ledger: Ledger
const warmAt = 0
const outages: Outage[] = []

beforeAll(
  async () => {
    cluster = await startCluster({ clients: isFull ? 10 : 6 })
    const { set, load } = cluster
    await untilServed(load, EVERY_KIND, 0)
    for (let fault = 0; fault < FAULTS; fault++) {
      await sleep(STEADY_MS)
      const { killed, outage } = await killPrimary(cluster)
      outages.push(outage)
      await killed.restart()
      await set.whole()
    }
    await untilServed(load, EVERY_KIND, Date.now())
    ledger = await load.stop()
    console.log(summaryOf(ledger, outages))
  },
  120_000 + FAULTS * 60_000,
)

afterAll(() => cluster?.stop())

const logs = () => cluster.apis.map(api => api.log()).join('\n')

it('of calls that met no primary those that fail are answered 503 with Retry-After', () => {
  expect(badlyAnswered(ledger.calls), logs()).toEqual([])
  const unavailable = ledger.calls.filter(({ status }) => status === 503)
  const isOfAnOutage = unavailable.map(call => outages.some(outage => waitedIn(outage, call) > 0))
  expect(isOfAnOutage.length).toBeGreaterThan(0)
  expect(isOfAnOutage, logs()).not.toContain(false)
})

it(`of these calls none hangs longer than ${LONGEST_WAIT_MS / 1_000} s`, () => {
  const undisturbed = ledger.calls.filter(
    call => call.at > warmAt && outages.every(outage => waitedIn(outage, call) === 0),
  )
  // What a busy machine takes for a call that met no outage is no fault of the outage.
  const ordinaryMs = Math.max(...undisturbed.map(({ ms }) => ms))
  console.log(`the longest of the other calls took ${Math.round(ordinaryMs)} ms`)
  const most = LONGEST_WAIT_MS + ordinaryMs
  expect(ledger.calls.filter(call => outages.some(outage => waitedIn(outage, call) > most))).toEqual([])
})

it('what was acknowledged is kept, once, and every counter is its count', async () => {
  expect(await verifyLedger(ledger, { uri: cluster.set.uri }), logs()).toEqual([])
})
