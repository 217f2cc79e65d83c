import { floorKeys } from '../lib/floor-keys.ts'
import { load } from '../lib/load.ts'
import { atLeast, atMost, type Part, type Target } from '../lib/part.ts'
import { alternate } from '../lib/rounds.ts'
import type { Stage } from '../lib/stage.ts'
import type { BenchTenant } from '../lib/tenants.ts'

const PATH = '/api/app/me'
const TENANTS = 64
/** So many that the kernel's clock, which counts in 10 ms, can tell what one took. */
const NEW_KEYS = 100
const FLOOR = 'floor: bare http and driver, one indexed read, SHA-256'
const OURS = 'GET /api/app/me with a key'

/** A server's first question: everything the API does for each request, beside the least that knows a key. */
export const keyGet: Part = {
  name: 'key-get',
  about: 'a read with an API key: key, tenant, plan, rate limit, usage log',
  async run(stage, options) {
    const tenants = await stage.tenants(TENANTS)
    const calls = tenants.map(({ headers }) => ({ path: PATH, headers }))
    const floorCalls = (await floorKeys(stage, TENANTS)).map(headers => ({ path: '/', headers }))
    const [api, floor] = await Promise.all([stage.startApi(), stage.startFloor('key-get.ts')])
    // A request that finds nothing loaded takes longer than a round on a busy machine.
    for (const tenant of tenants) await ask(api.url, tenant)
    const rows: (string | number)[][] = []
    const targets: Target[] = []
    for (const clients of [16, 64]) {
      const timed = { clients, seconds: options.seconds }
      const found = await alternate(
        { [FLOOR]: () => load(floor.url, floorCalls, timed), [OURS]: () => load(api.url, calls, timed) },
        options,
      )
      const [least, ours] = [found[FLOOR], found[OURS]]
      if (!least || !ours) throw new Error('nothing was measured')
      for (const [name, { perSecond, p50Ms, p99Ms }] of Object.entries(found))
        rows.push([name, clients, perSecond, perSecond / least.perSecond, p50Ms, p99Ms])
      targets.push(atLeast(0.4, `key-get-c${clients}`, ours.perSecond / least.perSecond, 'x floor'))
      if (clients === 16) targets.push(atMost(2, 'key-get-p99-c16', ours.p99Ms / least.p99Ms, 'x floor'))
    }
    const columns = ['contestant', 'clients', 'requests/s', 'x floor', 'p50 ms', 'p99 ms']
    targets.push(atMost(15, 'key-get-new-key-cpu', await cpuOfNewKeys(stage), 'ms'))
    return { tables: [{ title: 'Reads with a key', columns, rows }], targets }
  },
}

/** CPU that one request takes with a key which its instance, itself new but loaded, has never seen. */
async function cpuOfNewKeys(stage: Stage): Promise<number> {
  const api = await stage.startApi()
  const [first, ...others] = await stage.tenants(1 + NEW_KEYS)
  if (!first) throw new Error('there is no tenant')
  await ask(api.url, first)
  const before = await api.cpuMs()
  for (const tenant of others) await ask(api.url, tenant)
  return ((await api.cpuMs()) - before) / NEW_KEYS
}

async function ask(url: string, { headers }: BenchTenant): Promise<void> {
  const response = await fetch(`${url}${PATH}`, { headers })
  await response.arrayBuffer()
  if (!response.ok) throw new Error(`answered ${response.status}`)
}
