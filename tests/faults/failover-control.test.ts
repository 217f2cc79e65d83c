import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Api, startApi } from '../helpers/api-process.ts'
import {
  badlyAnswered,
  type Cluster,
  type Outage,
  startCluster,
  stopReplication,
  summaryOf,
  untilServed,
  waitedIn,
} from './failover.ts'
import type { Ledger } from './mixed/ledger.ts'
import { startLoad } from './mixed/load.ts'
import { verifyLedger } from './mixed/verify.ts'

/** Time for writes that only the primary has. */
const STALL_MS = 8_000
const LONGEST_WAIT_MS = 8_000
const WRITES = ['clerk', 'contact', 'feedback', 'analytics']
const load = {
  clients: 4,
  tenants: 2,
  kinds: ['clerk', 'polar', 'keys', 'contacts', 'feedback', 'analytics'],
} as const
const weakening = join(import.meta.dirname, 'failover-weakened.ts')

let cluster: Cluster
let weakened: Api
let stall: Outage
/** Of the API as it is, and of one whose writes a single member acknowledges. */
let ledger: Ledger
let weakenedLedger: Ledger

beforeAll(async () => {
  cluster = await startCluster({ processes: 1, parameters: ['enableTestCommands=1'], ...load })
  const { set, load: sound } = cluster
  weakened = await startApi({ MONGODB_URI: set.uri, NODE_OPTIONS: `--import=${weakening}` })
  const weak = await startLoad({ urls: [weakened.url], seed: 2, pauseMs: 100, ...load })
  await Promise.all([sound, weak].map(one => untilServed(one, WRITES, 0)))

  const killed = await set.primary()
  const goOn = await stopReplication(cluster)
  const from = Date.now()
  await sleep(STALL_MS)
  await killed.kill()
  await goOn()
  await untilServed(sound, WRITES, from)
  stall = { from, to: Date.now() }
  await killed.restart()
  await set.whole()
  ;[ledger, weakenedLedger] = await Promise.all([sound.stop(), weak.stop()])
  console.log(summaryOf(ledger, [stall]))
}, 240_000)

afterAll(async () => {
  await weakened?.stop('SIGKILL')
  await cluster?.stop()
})

it('writes that no majority confirms are answered 503, and in time', () => {
  expect(badlyAnswered(ledger.calls), cluster.apis[0]?.log()).toEqual([])
  expect(ledger.calls.filter(({ status }) => status === 503).length).toBeGreaterThan(0)
  expect(ledger.calls.filter(call => waitedIn(stall, call) > LONGEST_WAIT_MS)).toEqual([])
})

it('of those that were acknowledged none is lost with the only one that had them', async () => {
  expect(await verifyLedger(ledger, { uri: cluster.set.uri })).toEqual([])
})

it('with writes that one member alone acknowledges the same check tells of losses', async () => {
  const uri = cluster.set.uri
  const violations = await verifyLedger(weakenedLedger, { uri, url: null, settlingMs: 0 })
  console.log(`${violations.length} losses are told, such as: ${violations[0]}`)
  expect(violations).toContainEqual(expect.stringMatching(/answered 2xx, but there is no/))
})
