import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadEnvFile } from 'node:process'

const root = join(import.meta.dirname, '..', '..')

/** Loads `.env.local`, then `.env`; what the environment already holds wins. An empty value counts as unset. */
export function loadEnvFiles(): void {
  for (const name of ['.env.local', '.env']) {
    const file = join(root, name)
    if (existsSync(file)) loadEnvFile(file)
  }
  for (const [name, value] of Object.entries(process.env)) {
    if (value === '') delete process.env[name]
  }
}
