import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The version that the mongod at `path` reports; rejects, saying why, when it can't be run. */
export async function mongodVersion(path: string): Promise<string> {
  const { stdout } = await run(path, ['--version'], { timeout: 10_000 }).catch((error: unknown) => {
    throw new Error(`${path} does not run: ${reason(error)}`)
  })
  const version = /db version v(\d+\.\d+\.\d+)/.exec(stdout)?.[1]
  if (version === undefined) throw new Error(`${path} does not say which version of MongoDB it is`)
  return version
}

/** One line that says why a command or a call failed: the last words of its stderr, or its message. */
export function reason(error: unknown): string {
  const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
  const text = stderr || (error instanceof Error ? error.message : String(error))
  return text.trim().split('\n').at(-1) ?? ''
}
