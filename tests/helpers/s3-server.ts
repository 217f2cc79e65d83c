import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from '../../scripts/mongo/ports.ts'

const run = promisify(execFile)
const cache = join(import.meta.dirname, '..', '..', '.local', 'bin')
const VERSION = 'v1.8.0'
const MODULE = `github.com/versity/versitygw/cmd/versitygw@${VERSION}`

const INSTALL_MS = 600_000

const works = (file: string, ...args: string[]) =>
  run(file, args).then(
    () => true,
    () => false,
  )

/** An S3 server's program: on PATH, kept from before, or built with Go; null when there is no Go. */
async function findProgram(): Promise<string | null> {
  if (await works('versitygw', '--version')) return 'versitygw'
  const kept = join(cache, `versitygw-${VERSION}`)
  if (await works(kept, '--version')) return kept
  if (!(await works('go', 'version'))) return null
  await mkdir(cache, { recursive: true })
  const lock = `${kept}.lock`
  const isOurs = await mkdir(lock).then(
    () => true,
    () => false,
  )
  if (!isOurs) return installedByAnother(kept, lock)
  try {
    await run('go', ['install', MODULE], { env: { ...process.env, GOBIN: lock }, timeout: INSTALL_MS })
    await rename(join(lock, 'versitygw'), kept)
    return kept
  } finally {
    await rm(lock, { recursive: true, force: true })
  }
}

/** Waits for the worker that builds it; a lock that outlives a build belongs to a dead one. */
async function installedByAnother(kept: string, lock: string): Promise<string | null> {
  for (let waited = 0; waited < INSTALL_MS; waited += 500) {
    if (await works(kept, '--version')) return kept
    await sleep(500)
  }
  await rm(lock, { recursive: true, force: true })
  return findProgram()
}

/** Kills the server and removes its folder ($1) once nobody holds our end of the pipe. */
const GUARD = 'folder=$1; shift; "$@" & cat; kill -9 $!; wait $!; rm -rf "$folder"'

const BUCKET = 'uploads'
const KEYS = { access: 'test-access', secret: 'test-secret-key' }

export type S3Server = {
  /** Settings with which the API uses this server for new files. */
  environment: Record<string, string>
  /** Every file on the server's disk that belongs to an object, or to what was to become one. */
  leftovers(): Promise<string[]>
  stop(): Promise<void>
}

const program = await findProgram()
/** Why tests against S3 cannot run here; null when they can. */
export const noS3Server = program ? null : 'no versitygw on PATH and no Go to build it with'

/** A real S3 server on loopback with one empty bucket, ended by `stop` or with this process. */
export async function startS3(): Promise<S3Server> {
  if (!program) throw new Error(noS3Server ?? '')
  const folder = await mkdtemp(join(tmpdir(), 's3-server-'))
  await mkdir(join(folder, BUCKET))
  const port = await freePort()
  const command = [program, '--quiet', '--port', `127.0.0.1:${port}`, 'posix', folder]
  const child = spawn('sh', ['-c', GUARD, 'sh', folder, ...command], {
    env: { PATH: process.env.PATH, ROOT_ACCESS_KEY: KEYS.access, ROOT_SECRET_KEY: KEYS.secret },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const endpoint = `http://127.0.0.1:${port}`
  await isListening(child, endpoint)
  return {
    environment: {
      STORAGE_PROVIDER: 's3',
      S3_BUCKET: BUCKET,
      S3_REGION: 'us-east-1',
      S3_ENDPOINT: endpoint,
      S3_ACCESS_KEY_ID: KEYS.access,
      S3_SECRET_ACCESS_KEY: KEYS.secret,
    },
    async leftovers() {
      const entries = await readdir(join(folder, BUCKET), { recursive: true, withFileTypes: true })
      return entries.filter(entry => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const ended = once(child, 'exit')
      child.stdin.end()
      await ended
    },
  }
}

async function isListening(child: ChildProcess, endpoint: string): Promise<void> {
  for (let attempt = 0; attempt < 200 && child.exitCode === null; attempt++) {
    const answered = await fetch(endpoint).then(
      () => true,
      () => false,
    )
    if (answered) return
    await sleep(50)
  }
  throw new Error('the S3 server does not start')
}
