import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Contestant, startContestant } from '../lib/contestant.ts'
import { atMost, type Part } from '../lib/part.ts'
import { alternate } from '../lib/rounds.ts'
import { build } from './cold-start/build.ts'

type Kind = { name: string; bound: number; folder: string; path: string; request: RequestInit }

const FLOOR = 'floor'
const LEAST_ROUNDS = 7
const vercelOutput = join(import.meta.dirname, '..', '..', '.vercel', 'output')

/**
 * From the start of a process to its first whole answer, with a warm page cache. A Vercel build is measured beside
 * the packed one when `.vercel/output` holds one; it is taken as it is found there.
 */
export const coldStart: Part = {
  name: 'cold-start',
  about: 'from a fresh process to its first answer, through the built function',
  async run(stage, options) {
    options.note('building')
    const built = await build()
    try {
      const [tenant] = await stage.tenants(1)
      const kinds = kindsFor(tenant?.headers ?? {})
      const settings = { ...stage.services.environment, MONGODB_URI: stage.uri, LOG_LEVEL: 'error' }
      const measureFloor = (script: string) => () =>
        coldStarted(() => startContestant(script, { MONGODB_URI: stage.uriOf('floor') }), '/', {})
      const measureIn = (output: string) => (kind: Kind) => () => {
        const args = [join(output, 'functions', 'api', `${kind.folder}.func`)]
        return coldStarted(() => startContestant(built.launcher, settings, { args }), kind.path, kind.request)
      }
      const contestants = {
        [FLOOR]: measureFloor(built.floor),
        'floor, bundled': measureFloor(built.bundledFloor),
        ...named('packed', kinds, measureIn(built.packed)),
        ...(isVercelBuild() && named('Vercel build', kinds, measureIn(vercelOutput))),
      }
      const rounds = Math.max(LEAST_ROUNDS, options.rounds)
      const found = await alternate(contestants, { ...options, rounds })
      const least = found[FLOOR]?.ms ?? NaN
      const rows = Object.entries(found).map(([name, { ms, cpuMs, rssMiB }]) => [
        name,
        ms,
        ms / least,
        cpuMs,
        rssMiB,
      ])
      const columns = ['contestant', 'first answer ms', 'x floor', 'CPU ms', 'RSS MiB']
      const targets = kinds.map(({ name, bound }) =>
        atMost(bound, `cold-start-${name}`, (found[`packed, ${name}`]?.ms ?? NaN) / least, 'x floor'),
      )
      return { tables: [{ title: 'Cold start', columns, rows }], targets }
    } finally {
      await built.remove()
    }
  },
}

function kindsFor(headers: Record<string, string>): Kind[] {
  const chat = {
    method: 'POST',
    headers: { ...headers, 'Content-Type': 'application/json' },
    body: JSON.stringify({ message: 'Hello' }),
  }
  return [
    { name: 'health', bound: 1.3, folder: 'health', path: '/api/health', request: {} },
    { name: 'key-get', bound: 1.8, folder: 'app/me', path: '/api/app/me', request: { headers } },
    { name: 'chat', bound: 2.2, folder: 'ai', path: '/api/ai?provider=openai&action=chat', request: chat },
  ]
}

function named<M>(build: string, kinds: readonly Kind[], measure: (kind: Kind) => M): Record<string, M> {
  return Object.fromEntries(kinds.map(kind => [`${build}, ${kind.name}`, measure(kind)]))
}

/** The builder of the platform leaves a list of what it built beside its output. */
function isVercelBuild(): boolean {
  return existsSync(join(vercelOutput, 'builds.json'))
}

async function coldStarted(start: () => Promise<Contestant>, path: string, request: RequestInit) {
  const startedAt = performance.now()
  const contestant = await start()
  try {
    const response = await fetch(`${contestant.url}${path}`, request)
    const text = await response.text()
    const ms = performance.now() - startedAt
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${text}`)
    return { ms, cpuMs: await contestant.cpuMs(), rssMiB: await contestant.rssMiB() }
  } finally {
    await contestant.stop()
  }
}
