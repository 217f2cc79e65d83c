import { execFile } from 'node:child_process'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..', '..')

type Settings = Record<string, string>

export type Finished = { code: number; output: string }

/** Settings of this test run that a script of the project must not inherit. */
const OWN_SETTINGS =
  /^(MONGODB_URI|PORT|PUBLIC_URL|ALLOWED_ORIGINS|CRON_SECRET|CLERK_|POLAR_|OPENAI_|VITEST|NODE_OPTIONS)/

/** The environment without this test run's own settings. */
export function cleanEnvironment(): Settings {
  const kept = Object.entries(process.env).filter(([name]) => !OWN_SETTINGS.test(name))
  return Object.fromEntries(kept) as Settings
}

/** Runs a script of the project as a user would and resolves when it ends, whatever its exit code. */
export function runScript(script: string, args: string[] = [], settings: Settings = {}): Promise<Finished> {
  const env = { ...cleanEnvironment(), ...settings }
  return new Promise(resolve => {
    execFile(process.execPath, [join(root, script), ...args], { cwd: root, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      resolve({ code, output: stdout + stderr })
    })
  })
}
