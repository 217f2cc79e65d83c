import { createHash, randomBytes } from 'node:crypto'
import { load } from '../lib/load.ts'
import { atLeast, atMost, type Part, type Target } from '../lib/part.ts'
import { alternate } from '../lib/rounds.ts'
import type { Stage } from '../lib/stage.ts'

const TENANTS = 64
/** As many keys as the floor looks one up among. */
const FLOOR_KEYS = 10_000
const FLOOR = 'floor: bare http and driver, one indexed read, SHA-256'
const OURS = 'GET /api/app/me with a key'

/** A server's first question: everything the API does for each request, beside the least that knows a key. */
export const keyGet: Part = {
  name: 'key-get',
  about: 'a read with an API key: key, tenant, plan, rate limit, usage log',
  async run(stage, options) {
    const calls = (await stage.tenants(TENANTS)).map(({ headers }) => ({ path: '/api/app/me', headers }))
    const floorCalls = await floorKeys(stage)
    const [api, floor] = await Promise.all([stage.startApi(), stage.startFloor('key-get.ts')])
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
    return { tables: [{ title: 'Reads with a key', columns, rows }], targets }
  },
}

async function floorKeys(stage: Stage) {
  const client = await stage.client()
  const secrets = Array.from({ length: FLOOR_KEYS }, () => `tc_live_${randomBytes(24).toString('hex')}`)
  const stored = secrets.map((secret, position) => ({
    prefix: secret.slice(0, 20),
    sha256: createHash('sha256').update(secret).digest(),
    tenant: `tenant_${position % 500}`,
    plan: 'professional',
  }))
  const keys = client.db('floor').collection('apikeys')
  await keys.insertMany(stored)
  await keys.createIndex({ prefix: 1 }, { unique: true })
  const used = secrets.slice(0, TENANTS)
  return used.map(secret => ({ path: '/', headers: { Authorization: `Bearer ${secret}` } }))
}
