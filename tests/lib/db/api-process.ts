import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..', '..')

export type Timed = { status: number; headers: Headers; body: ReturnType<typeof JSON.parse>; ms: number }

/** The API in a process of its own, whose settings are these beside the test run's. */
export async function startApi(settings: Record<string, string>) {
  const env = { ...process.env, NODE_OPTIONS: '', LOG_LEVEL: 'error', ...settings, PORT: '0' }
  const child: ChildProcess = fork(join(root, 'scripts', 'api-server.ts'), { cwd: root, env, silent: true })
  let log = ''
  child.stderr?.on('data', piece => {
    log += piece
  })
  const [{ url }] = (await once(child, 'message')) as [{ url: string }]
  return {
    async get(path: string, headers: Record<string, string> = {}): Promise<Timed> {
      const start = performance.now()
      const response = await fetch(`${url}${path}`, { headers })
      const body = await response.json()
      return { status: response.status, headers: response.headers, body, ms: performance.now() - start }
    },
    log: () => log,
    /** Ends the process and gives its exit code. */
    async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
      const ended = once(child, 'exit')
      child.kill(signal)
      const [code] = await ended
      return code
    },
  }
}
