import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { startToxiproxy, type Toxic, type Toxiproxy } from './toxiproxy.ts'
import { endure, type Fault } from './wire/endure.ts'
import { type Lane, openLane } from './wire/lane.ts'
import { comesLate } from './wire/late.ts'
import { losesReplies } from './wire/locks.ts'

const TIMES = process.env.FAULTS === 'full' ? 4 : 1

type Kind = Pick<Toxic, 'type' | 'attributes'>

/** The way stays so for that many milliseconds, in the full form for longer. */
const bad = (ms: number, streams: Toxic['stream'][], toxic: Kind): Fault['happen'] => {
  return async ({ proxy }) => {
    await proxy.add(...streams.map(stream => ({ stream, ...toxic }) as Toxic))
    await sleep(ms * TIMES)
  }
}

const BOTH: Toxic['stream'][] = ['upstream', 'downstream']
const SWALLOW: Kind = { type: 'timeout', attributes: { timeout: 0 } }
const RESET: Kind = { type: 'reset_peer', attributes: { timeout: 0 } }

/** Faults of one lane come one after the other, lanes are independent of each other. */
const LANES: Record<string, Record<string, Fault>> = {
  slow: {
    'answers late': { happen: bad(4_000, BOTH, { type: 'latency', attributes: { latency: 200 } }) },
    'answers now early, now late': {
      happen: bad(3_000, BOTH, { type: 'latency', attributes: { latency: 150, jitter: 150 } }),
    },
    'answers a little at a time': {
      happen: bad(3_000, BOTH, { type: 'bandwidth', attributes: { rate: 256 } }),
    },
  },
  silent: {
    'swallows all that is said to it': { happen: bad(7_500, BOTH, SWALLOW), isTotal: true },
  },
  abrupt: {
    'breaks off connections now and then': {
      async happen(lane) {
        for (let round = 0; round < 5 * TIMES; round++) {
          await bad(100, ['downstream'], RESET)(lane)
          await lane.proxy.mend()
          await sleep(700)
        }
      },
    },
    'is gone': {
      async happen({ proxy }) {
        await proxy.cut()
        await sleep(7_000 * TIMES)
      },
      isTotal: true,
    },
  },
}

/** For those that wait for their turn, too. */
const PATIENCE_MS = 120_000 * TIMES

let toxiproxy: Toxiproxy
const lanes = new Map<string, Lane>()
const turns = new Map<string, Promise<unknown>>()

function inTurn(name: string, work: (lane: Lane) => Promise<unknown>): Promise<unknown> {
  const before = turns.get(name) ?? Promise.resolve()
  const mine = before.then(async () => {
    const lane = lanes.get(name)
    if (!lane) throw new Error(`there is no lane ${name}`)
    await work(lane)
  })
  turns.set(
    name,
    mine.catch(() => {}),
  )
  return mine
}

beforeAll(async () => {
  toxiproxy = await startToxiproxy()
  const opened = Object.keys(LANES).map(async name => lanes.set(name, await openLane(toxiproxy, name)))
  await Promise.all(opened)
}, 300_000)

afterAll(async () => {
  await Promise.all([...lanes.values()].map(lane => lane.close()))
  await toxiproxy?.stop()
})

describe.concurrent('a database that', () => {
  for (const [name, faults] of Object.entries(LANES)) {
    for (const [does, fault] of Object.entries(faults))
      it(does, () => inTurn(name, lane => endure(lane, fault)), PATIENCE_MS)
  }

  it(
    'is gone when the API starts is served from as soon as it is there',
    () => inTurn('abrupt', comesLate),
    PATIENCE_MS,
  )

  it('does what it is told and never replies', () => inTurn('silent', losesReplies), PATIENCE_MS)
})
