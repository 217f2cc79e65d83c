import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startApi } from '../helpers/api-process.ts'
import { latencyTable, quarterMeans } from './load/figures.ts'
import { watchProcess } from './load/watch.ts'
import { countByStatus } from './mixed/ledger.ts'
import { startLoad } from './mixed/load.ts'
import { expectKept } from './mixed/verify.ts'

const IS_SHORT = process.env.FAULTS === 'short'
const LOAD_MS = IS_SHORT ? 15_000 : 600_000
const CLIENTS = 64
/** On average between two things a client does. In a short run others use the same two cores. */
const PAUSE_MS = IS_SHORT ? 2_000 : 1_000
/** The pool's 10, and those by which the driver watches the server. */
const MOST_CONNECTIONS = 14
const MOST_MEMORY_MIB = 600
/** How much more memory than in the second quarter the last one may take. In a short run caches are still filling. */
const MOST_GROWTH = IS_SHORT ? 2 : 1.05

const appName = 'load'

it(
  `serves ${CLIENTS} clients at once, and takes no more for it in the end than in the beginning`,
  async () => {
    const uri = new URL(process.env.MONGODB_URI ?? '')
    uri.searchParams.set('appName', appName)
    const api = await startApi({ MONGODB_URI: uri.href })
    const load = await startLoad({ urls: [api.url], clients: CLIENTS, tenants: 8, pauseMs: PAUSE_MS })
    const watched = watchProcess(api.pid, appName)
    await sleep(LOAD_MS)
    const { memory, connections } = await watched.stop()
    const ledger = await load.stop()
    const quarters = quarterMeans(memory)
    const [, second, , last] = quarters
    console.log(latencyTable(ledger.calls))
    console.log(JSON.stringify(countByStatus(ledger.calls)))
    console.log(
      `memory by quarters ${quarters.map(Math.round).join(', ')} MiB, most ${Math.round(Math.max(...memory))}; ` +
        `most connections ${Math.max(...connections)}`,
    )
    expect(
      ledger.calls.filter(({ status }) => status === 0 || status >= 500).slice(0, 10),
      api.log(),
    ).toEqual([])
    expect(Math.max(...connections)).toBeLessThanOrEqual(MOST_CONNECTIONS)
    expect(Math.min(...connections)).toBeGreaterThan(0)
    expect(Math.max(...memory)).toBeLessThan(MOST_MEMORY_MIB)
    expect(last / second).toBeLessThan(MOST_GROWTH)
    await expectKept(ledger)
    expect(await api.stop(), api.log()).toBe(0)
  },
  LOAD_MS + 120_000,
)
