import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'

/** A server that is measured, in a process of its own. */
export type Contestant = {
  url: string
  pid: number
  /** Resident memory in MiB. */
  rssMiB(): Promise<number>
  /** CPU time so far in ms, of the process and the system on its behalf. */
  cpuMs(): Promise<number>
  stop(): Promise<void>
}

type Settings = Record<string, string | undefined>

/** The kernel's clock ticks per second, as `getconf CLK_TCK` gives them on all common Linux machines. */
const TICKS_PER_SECOND = 100

/** Starts a script that tells its parent `{ url }` when it is ready. @throws Error when it ends before that. */
export async function startContestant(
  script: string,
  settings: Settings,
  { args = [], execArgv = [] }: { args?: string[]; execArgv?: string[] } = {},
): Promise<Contestant> {
  const env = { ...process.env, NODE_OPTIONS: '', NODE_ENV: 'production', PORT: '0', ...settings }
  const child = fork(script, args, { env, execArgv, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  const { url } = await Promise.race([ready(child), failure(child, script)])
  const pid = child.pid ?? 0
  return {
    url,
    pid,
    async rssMiB() {
      const status = await readFile(`/proc/${pid}/status`, 'utf8')
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? NaN) / 1024
    },
    async cpuMs() {
      const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS_PER_SECOND
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function ready(child: ChildProcess): Promise<{ url: string }> {
  const [message] = await once(child, 'message')
  return message as { url: string }
}

async function failure(child: ChildProcess, script: string): Promise<never> {
  const [code] = await once(child, 'exit')
  throw new Error(`${script} ended with ${code} before it was ready`)
}
