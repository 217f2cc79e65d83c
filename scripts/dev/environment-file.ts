import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadEnvFile } from 'node:process'
import { parseEnv } from 'node:util'
import { writePrivateFile } from '../lib/whole-file.ts'
import { localDir } from './dev-file.ts'
import type { Stack } from './stack.ts'

/** The settings that the running development server's API has from it, for scripts beside it. */
export const environmentFile = join(localDir, 'environment')

/** Leaves out those of Polar where it may not be asked how the users stand. */
export function writeEnvironmentFile({ services, mongodbUri, mayReconcile }: Stack): Promise<void> {
  const settings = Object.entries({ ...services.environment, MONGODB_URI: mongodbUri })
  const lines = settings
    .filter(([name]) => mayReconcile || !name.startsWith('POLAR_'))
    .map(([name, value]) => `${name}="${value.replaceAll('\n', '\\n')}"\n`)
  return writePrivateFile(environmentFile, lines.join(''))
}

/**
 * Loads the settings of the running development server, if there is one; what is already set wins. To be
 * called before the env files, as that server's own come before them. With another database set nothing is
 * loaded: a stand-in knows nothing of its customers.
 */
export function loadEnvironmentFile(): void {
  if (!existsSync(environmentFile)) return
  const { MONGODB_URI } = parseEnv(readFileSync(environmentFile, 'utf8'))
  const given = process.env.MONGODB_URI
  if (!given || given === MONGODB_URI) loadEnvFile(environmentFile)
}
