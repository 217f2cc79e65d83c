import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..', '..')
const WATCHED = ['api', 'lib', 'models']
/** Editors save in several steps; a restart waits until they are done. */
const SETTLE_MS = 100

export type ApiProcess = { url: string; stop(): Promise<void> }

type ApiOptions = {
  environment: Record<string, string | undefined>
  /** The folder of a build's output, to serve that. */
  built?: string | undefined
}

/** Runs the API as a child process. @throws Error when it ends before it is ready. */
export async function startApi(options: ApiOptions): Promise<ApiProcess> {
  const { child, url } = await launch(options)
  return { url, stop: () => end(child) }
}

/** Runs the API and starts it anew on the same port whenever its source changes. */
export async function startWatchedApi(
  options: ApiOptions,
  onRestart: (message: string) => void,
): Promise<ApiProcess> {
  let running = await launch(options)
  let timer: NodeJS.Timeout | undefined
  let restarting = Promise.resolve()

  const restart = async () => {
    await end(running.child)
    try {
      running = await launch(options)
      onRestart('Source changed: restarted.')
    } catch (error) {
      onRestart(`Source changed, but it does not start: ${String(error)}`)
    }
  }
  const watchers = WATCHED.map(folder =>
    watch(join(root, folder), { recursive: true }, () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        restarting = restarting.then(restart)
      }, SETTLE_MS)
    }),
  )
  return {
    url: running.url,
    async stop() {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
      await restarting
      await end(running.child)
    },
  }
}

async function launch({ environment, built }: ApiOptions): Promise<{ child: ChildProcess; url: string }> {
  const script = join(root, 'scripts', 'api-server.ts')
  const child = fork(script, built ? ['--built', built] : [], {
    env: environment as NodeJS.ProcessEnv,
    stdio: 'inherit',
  })
  const exited = once(child, 'exit').then(([code]) => {
    throw new Error(`the API ended with code ${code} before it was ready`)
  })
  exited.catch(() => {})
  const [message] = await Promise.race([once(child, 'message'), exited])
  return { child, url: (message as { url: string }).url }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}
