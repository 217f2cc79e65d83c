import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')

export type Timed = { status: number; headers: Headers; body: ReturnType<typeof JSON.parse>; ms: number }

export type Sent = { headers?: Record<string, string>; json?: unknown; body?: string }

/** The API in a process of its own. */
export type Api = Awaited<ReturnType<typeof startApi>>

/** Starts the API in a process whose settings are these beside the test run's. */
export async function startApi(settings: Record<string, string>) {
  const env = { ...process.env, NODE_OPTIONS: '', LOG_LEVEL: 'error', ...settings, PORT: '0' }
  const child: ChildProcess = fork(join(root, 'scripts', 'api-server.ts'), { cwd: root, env, silent: true })
  let log = ''
  for (const output of [child.stderr, child.stdout])
    output?.on('data', piece => {
      log += piece
    })
  const url = await Promise.race([urlOf(child), failure(child, () => log)])

  async function send(method: string, path: string, { headers = {}, json, body }: Sent = {}): Promise<Timed> {
    const start = performance.now()
    const sent = json === undefined ? body : JSON.stringify(json)
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...(json !== undefined && { 'Content-Type': 'application/json' }), ...headers },
      ...(sent !== undefined && { body: sent }),
    })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    const read = isJson && text ? JSON.parse(text) : text
    return { status: response.status, headers: response.headers, body: read, ms: performance.now() - start }
  }
  return {
    url,
    pid: child.pid ?? 0,
    send,
    get: (path: string, headers: Record<string, string> = {}) => send('GET', path, { headers }),
    log: () => log,
    /** Sends a signal that does not end the process, e.g. SIGSTOP. */
    signal: (name: NodeJS.Signals) => child.kill(name),
    /** Ends the process and gives its exit code. */
    async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
      const ended = once(child, 'exit')
      child.kill(signal)
      const [code] = await ended
      return code
    },
  }
}

async function urlOf(child: ChildProcess): Promise<string> {
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  return url
}

async function failure(child: ChildProcess, log: () => string): Promise<never> {
  const [code] = await once(child, 'exit')
  throw new Error(`the API ended with ${code} before it was ready:\n${log()}`)
}
