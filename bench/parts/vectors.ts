import { median, percentileOf } from '../lib/figures.ts'
import { atLeast, atMost, type Options, type Part, type Target } from '../lib/part.ts'
import { alternate } from '../lib/rounds.ts'
import type { Stage } from '../lib/stage.ts'
import type { BenchTenant } from '../lib/tenants.ts'
import { startInstance } from './vectors/instance.ts'
import { type Library, storeLibrary } from './vectors/library.ts'
import { type Numpy, type Pass, startNumpy } from './vectors/numpy.ts'

const SIZES = [10_000, 100_000]
const NUMPY = 'numpy: exact, one thread, all vectors in memory'
const WARM = 'search, warm: the query’s vector to the passages'
const COLD = 'search, cold: the first of a process with code and connection'
const CAPPED = 'search past the cap: an instance that may hold 8 MiB'
const HTTP = 'POST /api/files/search, everything with it'

const HTTP_REQUESTS = 50

type Row = [string, number, ...(number | string)[]]

/** Search among a tenant's passages, from the query's vector to the text of the best ten, beside numpy. */
export const vectors: Part = {
  name: 'vectors',
  about: 'the exact top 10 of vectors with 1,536 dimensions, half of them in clusters',
  async run(stage, options) {
    const rows: Row[] = []
    const targets: Target[] = []
    const tenants = await stage.tenants(SIZES.length)
    for (const [place, passages] of SIZES.entries()) {
      const tenant = tenants[place]
      if (!tenant) throw new Error('no tenant')
      options.note(`storing ${passages.toLocaleString('en')} passages`)
      const library = await storeLibrary(tenant.clerkId, passages)
      try {
        const measured = await measure(stage, options, library, tenant)
        rows.push(...measured.rows.map(([name, ...figures]): Row => [name, passages, ...figures]))
        targets.push(...targetsOf(passages, measured))
      } finally {
        await library.remove()
      }
    }
    const columns = ['contestant', 'passages', 'p50 ms', 'x numpy', 'p99 ms', 'recall', 'resident MiB']
    return { tables: [{ title: 'The ten nearest passages', columns, rows }], targets }
  },
}

type Measured = Awaited<ReturnType<typeof measure>>

async function measure(stage: Stage, options: Options, library: Library, tenant: BenchTenant) {
  const numpy = await startNumpy(library).catch(error => {
    options.note(`numpy cannot be had, so nothing can be compared with it: ${error}`)
    return undefined
  })
  try {
    const exact = await numpy?.pass()
    const warm = await besideNumpy(stage, options, library, numpy)
    const cold = await firstOfMany(stage, options, library)
    const capped = await pastTheCap(stage, library)
    const rowOf = (name: string, { ms, found }: Pass, rss: number | string = '') =>
      [
        name,
        median(ms),
        median(ms) / warm.numpyMs,
        percentileOf(ms, 0.99),
        recall(exact, found),
        rss,
      ] as const
    return {
      warm: warm.ms / warm.numpyMs,
      cold: median(cold.ms),
      recall: Math.min(recall(exact, warm.pass.found), recall(exact, capped.pass.found)),
      rows: [
        [NUMPY, warm.numpyMs, 1, warm.numpyP99, 1, ''],
        [WARM, warm.ms, warm.ms / warm.numpyMs, warm.p99, recall(exact, warm.pass.found), warm.rss],
        rowOf(COLD, cold),
        rowOf(CAPPED, capped.pass, capped.rss),
        await overHttp(stage, tenant, warm.numpyMs),
      ] as (readonly [string, ...(number | string)[]])[],
    }
  } finally {
    await numpy?.stop()
  }
}

async function besideNumpy(stage: Stage, options: Options, library: Library, numpy: Numpy | undefined) {
  const instance = await startInstance(stage)
  try {
    const figures = ({ ms }: Pass) => ({ ms: median(ms), p99: percentileOf(ms, 0.99) })
    const found = await alternate(
      {
        ...(numpy && { numpy: async () => figures(await numpy.pass()) }),
        ours: async () => figures(await instance.pass(library)),
      },
      options,
    )
    const pass = await instance.pass(library)
    const { ms = NaN, p99 = NaN } = found.ours ?? {}
    const { ms: numpyMs = NaN, p99: numpyP99 = NaN } = found.numpy ?? {}
    return { ms, p99, numpyMs, numpyP99, pass, rss: await instance.rssMiB() }
  } finally {
    await instance.stop()
  }
}

/** The first query in each of several fresh processes. */
async function firstOfMany(stage: Stage, { rounds }: Options, library: Library): Promise<Pass> {
  const passes: Pass[] = []
  for (let round = 0; round < Math.max(3, rounds); round++) {
    const instance = await startInstance(stage)
    passes.push(await instance.pass(library, 1).finally(() => instance.stop()))
  }
  return { ms: passes.flatMap(({ ms }) => ms), found: passes[0]?.found ?? [] }
}

async function pastTheCap(stage: Stage, library: Library) {
  const instance = await startInstance(stage, { VECTOR_MEMORY_MIB: '8' })
  try {
    return { pass: await instance.pass(library, 10), rss: await instance.rssMiB() }
  } finally {
    await instance.stop()
  }
}

async function overHttp(stage: Stage, { headers }: BenchTenant, numpyMs: number) {
  const api = await stage.startApi()
  const body = JSON.stringify({ query: 'what somebody wrote down', topK: 10 })
  const request = { method: 'POST', headers: { ...headers, 'Content-Type': 'application/json' }, body }
  const ask = async () => {
    const begun = performance.now()
    const response = await fetch(`${api.url}/api/files/search`, request)
    if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
    await response.arrayBuffer()
    return performance.now() - begun
  }
  try {
    await ask()
    const ms: number[] = []
    for (let asked = 0; asked < HTTP_REQUESTS; asked++) ms.push(await ask())
    return [HTTP, median(ms), median(ms) / numpyMs, percentileOf(ms, 0.99), '', await api.rssMiB()] as const
  } finally {
    await api.stop()
  }
}

/** The share of the exact best that was found as well. */
function recall(exact: Pass | undefined, found: readonly number[][]): number {
  if (!exact) return NaN
  const shares = found.map((own, query) => {
    const best = exact.found[query] ?? []
    return best.filter(position => own.includes(position)).length / best.length
  })
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
}

function targetsOf(passages: number, { warm, cold, recall }: Measured): Target[] {
  return [
    atMost(1, `vectors-warm-${passages}`, warm, 'x numpy'),
    atLeast(0.98, `vectors-recall-${passages}`, recall, 'of the best 10'),
    ...(passages === SIZES[0] ? [atMost(120, `vectors-cold-${passages}`, cold, 'ms')] : []),
  ]
}
