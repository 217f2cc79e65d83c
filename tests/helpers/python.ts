import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from './run-script.ts'

const run = promisify(execFile)
const folder = join(root, '.local')
const INSTALL_MS = 240_000

/** Whether this machine can make a Python environment; if not, why not. */
export async function pythonIsMissing(): Promise<string | null> {
  try {
    await run('python3', ['-c', 'import ensurepip, venv'])
    return null
  } catch (error) {
    return `needs python3 with pip and venv (${error instanceof Error ? error.message.split('\n')[0] : error})`
  }
}

/** The interpreter of an environment that holds this package; made once, whole or not at all. */
export function pythonWith(requirement: string): Promise<string> {
  return environment(requirement.replace(/[^\w.]+/g, '-'), [requirement])
}

/** The same with all that a file of pinned requirements and their hashes names. */
export async function pythonWithAll(name: string, requirementsFile: string): Promise<string> {
  const version = createHash('sha256')
    .update(await readFile(requirementsFile))
    .digest('hex')
    .slice(0, 12)
  return environment(`${name}-${version}`, ['--require-hashes', '--requirement', requirementsFile])
}

async function environment(name: string, wanted: string[]): Promise<string> {
  const home = join(folder, `python-${name}`)
  const python = join(home, 'bin', 'python')
  if (existsSync(python)) return python
  await mkdir(folder, { recursive: true })
  const draft = await mkdtemp(join(folder, 'python-'))
  try {
    await run('python3', ['-m', 'venv', draft])
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check']
    await run(join(draft, 'bin', 'python'), [...pip, ...wanted], { timeout: INSTALL_MS })
    await rename(draft, home).catch(error => {
      // Another run was first.
      if (!existsSync(python)) throw error
    })
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
  return python
}
