import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../../scripts/mongo/ports.ts'
import { cleanEnvironment, root } from '../../helpers/run-script.ts'

/** A checkout of its own: `.local/` of the real one may be in use. */
let folder: string
let running: ChildProcess | undefined
let output = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workflowai-dev-'))
  for (const part of ['api', 'lib', 'models', 'scripts', 'public', 'package.json', 'tsconfig.json']) {
    await cp(join(root, part), join(folder, part), { recursive: true })
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
})
afterEach(async () => {
  if (running && running.exitCode === null && running.signalCode === null) await end('SIGTERM')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const devFile = () => join(folder, '.local', 'dev.json')

async function eventually<T>(what: string, ask: () => Promise<T | undefined | null | false>): Promise<T> {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await sleep(50)) {
    const value = await ask()
    if (value) return value
  }
  throw new Error(`not so within 20 s: ${what}\n${output}`)
}

/** Starts `npm run dev` and resolves to what dev.json tells once it is there. */
async function start(port: number, ...args: string[]) {
  output = ''
  running = spawn('npm', ['run', 'dev', '--', ...args], {
    cwd: folder,
    env: { ...cleanEnvironment(), PORT: String(port) },
    detached: true,
  })
  running.stdout?.on('data', piece => (output += piece))
  running.stderr?.on('data', piece => (output += piece))
  const text = await eventually('dev.json', () => readFile(devFile(), 'utf8').catch(() => undefined))
  return JSON.parse(text)
}

async function end(signal: NodeJS.Signals): Promise<void> {
  if (!running?.pid) return
  const exited = once(running, 'exit')
  process.kill(running.pid, signal)
  await exited
}

async function isGone(url: string): Promise<boolean> {
  return fetch(url).then(
    () => false,
    () => true,
  )
}

const mongodIsGone = async (uri: string) => {
  const client = new MongoClient(uri, { serverSelectionTimeoutMS: 300 })
  return client.connect().then(
    () => client.close().then(() => false),
    () => true,
  )
}

const me = (url: string, apiKey: string) =>
  fetch(`${url}/api/app/me`, { headers: { Authorization: `Bearer ${apiKey}` } })

describe('npm run dev', () => {
  it('tells where everything is, in a file for its owner only, and prints a request that works', async () => {
    const port = await freePort()
    const info = await start(port)
    expect(Object.keys(info).sort()).toEqual(
      ['clerk', 'cronSecret', 'demo', 'mongodbUri', 'openaiBaseUrl', 'polar', 'url'].sort(),
    )
    expect(info.url).toBe(`http://127.0.0.1:${port}`)
    expect((await stat(devFile())).mode & 0o777).toBe(0o600)
    const { demo, clerk, polar } = info
    expect(Object.keys(demo).sort()).toEqual(['apiKey', 'clerkId', 'email', 'sessionToken'])
    expect(Object.keys(clerk).sort()).toEqual(['azp', 'issuer', 'jwtPrivateKey', 'kid', 'webhookSecret'])
    expect(Object.keys(polar).sort()).toEqual(['products', 'webhookSecret'])
    const printed = await eventually('the curl', async () =>
      /curl (\S+) -H "Authorization: Bearer (\S+)"/.exec(output),
    )
    expect(printed[1]).toBe(`${info.url}/api/app/me`)
    const answer = await me(info.url, printed[2] ?? '')
    expect(answer.status).toBe(200)
    expect(await answer.json()).toMatchObject({ clerkId: demo.clerkId, email: demo.email })
    expect((await me(info.url, demo.sessionToken)).status).toBe(200)
    expect((await fetch(`${info.url}/docs/problems`)).status).toBe(200)
    for (const path of ['/package.json', '/lib/config.ts', '/.local/dev.json', '/../package.json']) {
      expect((await fetch(info.url + path)).status, path).toBe(404)
    }
  }, 60_000)

  it('keeps data and the demo key between runs, and --fresh begins empty', async () => {
    const port = await freePort()
    const first = await start(port)
    await end('SIGTERM')
    expect(existsSync(devFile())).toBe(false)
    const second = await start(port)
    expect(second.demo.apiKey).toBe(first.demo.apiKey)
    expect((await me(second.url, first.demo.apiKey)).status).toBe(200)
    await end('SIGTERM')
    const fresh = await start(port, '--fresh')
    expect((await me(fresh.url, first.demo.apiKey)).status).toBe(401)
  }, 90_000)

  it.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)(
    'ends all it started when npm gets %s',
    async signal => {
      const info = await start(await freePort())
      await end(signal)
      await eventually('the API gone', () => isGone(`${info.url}/api/health`))
      await eventually('the stand-in gone', () => isGone(info.openaiBaseUrl))
      await eventually('the database gone', () => mongodIsGone(info.mongodbUri))
    },
    60_000,
  )

  it('takes up a change of the source', async () => {
    const info = await start(await freePort())
    const version = async (): Promise<string | undefined> => {
      const answer = await fetch(`${info.url}/api/health`).catch(() => undefined)
      return ((await answer?.json()) as { version?: string } | undefined)?.version
    }
    expect(await version()).not.toBe('9.9.9')
    const file = join(folder, 'lib', 'version.ts')
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('packageJson.version', "'9.9.9'"))
    await eventually('the new version', async () => (await version()) === '9.9.9')
  }, 60_000)

  it('says in plain words that the port is taken', async () => {
    const port = await freePort()
    const other = createServer().listen(port, '127.0.0.1')
    await once(other, 'listening')
    running = spawn('npm', ['run', 'dev'], {
      cwd: folder,
      env: { ...cleanEnvironment(), PORT: String(port) },
      detached: true,
    })
    output = ''
    running.stderr?.on('data', piece => (output += piece))
    const [code] = await once(running, 'exit')
    other.close()
    expect(code).not.toBe(0)
    expect(output).toContain(`Port ${port} is taken`)
  }, 60_000)
})
