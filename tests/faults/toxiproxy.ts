import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../../scripts/mongo/ports.ts'

const run = promisify(execFile)
const cache = join(import.meta.dirname, '..', '..', '.local', 'bin')
const VERSION = 'v2.12.0'
const MODULE = `github.com/Shopify/toxiproxy/v2/cmd/server@${VERSION}`
const INSTALL_MS = 300_000

/** What a toxic does to the bytes of one direction; see toxiproxy's README. */
export type Toxic = { stream: 'upstream' | 'downstream' } & (
  | { type: 'latency'; attributes: { latency: number; jitter?: number } }
  | { type: 'bandwidth'; attributes: { rate: number } }
  | { type: 'timeout'; attributes: { timeout: number } }
  | { type: 'reset_peer'; attributes: { timeout: number } }
  | { type: 'slow_close'; attributes: { delay: number } }
)

/** A way to a port on loopback that can be made a bad one. */
export type ToxicProxy = {
  /** Host and port of the way's beginning. */
  address: string
  /** Adds toxics; connections that are open feel them too. */
  add(...toxics: Toxic[]): Promise<void>
  /** Ends every connection and refuses new ones. */
  cut(): Promise<void>
  /** Takes all toxics away and lets connections through again. */
  mend(): Promise<void>
}

export type Toxiproxy = {
  /** Opens a way to a port on loopback, or from a port where one is named. */
  open(name: string, upstreamPort: number, port?: number): Promise<ToxicProxy>
  stop(): Promise<void>
}

const works = (file: string) =>
  run(file, ['--version'], { timeout: 10_000 }).then(
    () => true,
    () => false,
  )

/** toxiproxy's server: on PATH, kept from before, or built with Go. @throws Error where Go is missing or fails */
async function findProgram(): Promise<string> {
  if (await works('toxiproxy-server')) return 'toxiproxy-server'
  const kept = join(cache, `toxiproxy-server-${VERSION}`)
  if (!(await works(kept))) await install(kept)
  return kept
}

/** Built aside and moved into place: whoever does the same at once finds it whole or not at all. */
async function install(kept: string): Promise<void> {
  await mkdir(cache, { recursive: true })
  const draft = await mkdtemp(join(cache, 'toxiproxy-'))
  try {
    await run('go', ['install', MODULE], { env: { ...process.env, GOBIN: draft }, timeout: INSTALL_MS })
    await rename(join(draft, 'server'), kept)
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** Ends the server ($!) once nobody holds our end of the pipe. */
const GUARD = '"$@" & cat; kill -9 $!; wait $!'

/** A toxiproxy on loopback, ended by `stop` or with this process. */
export async function startToxiproxy(): Promise<Toxiproxy> {
  const program = await findProgram()
  const port = await freePort()
  const command = [program, '-host', '127.0.0.1', '-port', String(port)]
  const child = spawn('sh', ['-c', GUARD, 'sh', ...command], { stdio: ['pipe', 'ignore', 'ignore'] })
  const ask = client(`http://127.0.0.1:${port}`)
  await isListening(child, ask)
  return {
    open: (name, upstreamPort, from = 0) => openProxy(ask, name, upstreamPort, from),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}

type Ask = (method: string, path: string, json?: unknown) => Promise<unknown>

function client(url: string): Ask {
  return async (method, path, json) => {
    const body = json === undefined ? {} : { body: JSON.stringify(json) }
    const response = await fetch(`${url}${path}`, { method, ...body, signal: AbortSignal.timeout(10_000) })
    const text = await response.text()
    if (!response.ok) throw new Error(`toxiproxy: ${method} ${path}: ${response.status} ${text}`)
    return text ? JSON.parse(text) : null
  }
}

async function isListening(child: ChildProcess, ask: Ask): Promise<void> {
  for (let attempt = 0; attempt < 200 && child.exitCode === null; attempt++) {
    const answered = await ask('GET', '/proxies').then(
      () => true,
      () => false,
    )
    if (answered) return
    await sleep(50)
  }
  throw new Error('toxiproxy does not start')
}

async function openProxy(ask: Ask, name: string, upstreamPort: number, from: number): Promise<ToxicProxy> {
  const path = `/proxies/${name}`
  const ends = { listen: `127.0.0.1:${from}`, upstream: `127.0.0.1:${upstreamPort}` }
  const { listen } = (await ask('POST', '/proxies', { name, ...ends, enabled: true })) as { listen: string }
  const added: string[] = []
  return {
    address: listen,
    async add(...toxics) {
      for (const { type, stream, attributes } of toxics) {
        const toxic = `${type}-${stream}`
        await ask('POST', `${path}/toxics`, { name: toxic, type, stream, attributes })
        added.push(toxic)
      }
    },
    cut: async () => void (await ask('POST', path, { enabled: false })),
    async mend() {
      for (const toxic of added.splice(0)) await ask('DELETE', `${path}/toxics/${toxic}`)
      await ask('POST', path, { enabled: true })
    },
  }
}
