import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { MongoClient } from 'mongodb'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../../scripts/mongo/ports.ts'
import { copyCheckout } from '../../helpers/checkout.ts'
import { cleanEnvironment, type Finished } from '../../helpers/run-script.ts'

/** Generous: the machine may be busy with other tests. */
const WAIT_MS = 45_000

/** A checkout of its own: `.local/` of the real one may be in use. */
let folder: string
let running: ChildProcess | undefined
let output = ''

beforeAll(async () => {
  folder = await copyCheckout('dev')
})
afterEach(async () => {
  if (running && running.exitCode === null && running.signalCode === null) await end('SIGTERM')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const devFile = () => join(folder, '.local', 'dev.json')

async function eventually<T>(what: string, ask: () => Promise<T | undefined | null | false>): Promise<T> {
  for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline; await sleep(50)) {
    const value = await ask()
    if (value) return value
  }
  throw new Error(`not so within ${WAIT_MS / 1000} s: ${what}\n${output}`)
}

/** Starts `npm run dev` and resolves to what dev.json tells once it is there. */
function start(port: number, ...args: string[]) {
  return startWith({}, port, ...args)
}

async function startWith(given: Record<string, string>, port: number, ...args: string[]) {
  output = ''
  running = spawn('npm', ['run', 'dev', '--', ...args], {
    cwd: folder,
    env: { ...cleanEnvironment(), ...given, PORT: String(port) },
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

type Started = Awaited<ReturnType<typeof start>>

/** Sends npm a signal and expects that nothing of what it started goes on. */
async function expectEnd(signal: NodeJS.Signals, { url, openaiBaseUrl, mongodbUri }: Started): Promise<void> {
  await end(signal)
  await eventually('the API gone', () => isGone(`${url}/api/health`))
  await eventually('the stand-in gone', () => isGone(openaiBaseUrl))
  await eventually('the database gone', () => mongodIsGone(mongodbUri))
}

const me = (url: string, apiKey: string) =>
  fetch(`${url}/api/app/me`, { headers: { Authorization: `Bearer ${apiKey}` } })

/** Runs `npm run billing:reconcile` beside the server. */
const reconcile = () =>
  new Promise<Finished>(resolve => {
    const options = { cwd: folder, env: cleanEnvironment() }
    execFile('npm', ['run', '--silent', 'billing:reconcile'], options, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: out + err }),
    )
  })

/** The demo tenant buys a plan. */
async function buy({ url, demo }: { url: string; demo: { sessionToken: string } }): Promise<void> {
  const headers = { Authorization: `Bearer ${demo.sessionToken}`, 'Content-Type': 'application/json' }
  const body = JSON.stringify({ plan: 'professional' })
  const begun = await fetch(`${url}/api/polar/checkout`, { method: 'POST', headers, body })
  expect(begun.status).toBe(201)
  const checkout = (await begun.json()) as { url: string }
  await fetch(`${checkout.url}/pay`, { method: 'POST', redirect: 'manual' })
  await eventually('the plan', async () => (await planOf(url, demo.sessionToken)) === 'professional')
}

async function planOf(url: string, token: string): Promise<string> {
  return ((await (await me(url, token)).json()) as { plan: string }).plan
}

describe('npm run dev', () => {
  it('tells where everything is, prints a request that works, and all of it ends at Ctrl+C', async () => {
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
    await expectEnd('SIGINT', info)
  }, 120_000)

  it('keeps data, the demo key and what was bought between runs, and --fresh begins empty', async () => {
    const port = await freePort()
    const polarFile = join(folder, '.local', 'polar.json')
    const first = await start(port, '--fresh')
    await buy(first)
    expect((await stat(polarFile)).mode & 0o777).toBe(0o600)
    await expectEnd('SIGTERM', first)
    expect(existsSync(devFile())).toBe(false)
    const { url, demo } = await start(port)
    expect(demo.apiKey).toBe(first.demo.apiKey)
    expect((await me(url, first.demo.apiKey)).status).toBe(200)
    expect(await reconcile()).toEqual({ code: 0, output: '1 checked, 0 changed, 0 failed\n' })
    expect(await planOf(url, demo.sessionToken)).toBe('professional')
    await end('SIGTERM')
    const fresh = await start(port, '--fresh')
    expect(existsSync(polarFile)).toBe(false)
    expect((await me(fresh.url, first.demo.apiKey)).status).toBe(401)
  }, 180_000)

  it('on a database of yours, lets nothing ask the stand-in of Polar how your users stand', async () => {
    const uri = new URL(process.env.MONGODB_URI ?? '')
    uri.pathname += '_yours'
    const info = await startWith({ MONGODB_URI: uri.href }, await freePort(), '--fresh')
    try {
      expect(info.mongodbUri).toBe(uri.href)
      await buy(info)
      const written = await readFile(join(folder, '.local', 'environment'), 'utf8')
      expect(written).toContain(`MONGODB_URI="${uri.href}"`)
      expect(written).not.toContain('POLAR_')
      expect(await reconcile()).toMatchObject({
        code: 1,
        output: expect.stringContaining(
          'lacks the settings POLAR_ACCESS_TOKEN, POLAR_PRODUCT_PROFESSIONAL or',
        ),
      })
      const headers = { Authorization: `Bearer ${info.cronSecret}` }
      const daily = await fetch(`${info.url}/api/cron/daily`, { headers })
      expect(daily.status).toBe(503)
      expect(await daily.text()).toContain('CRON_SECRET')
      expect(await planOf(info.url, info.demo.sessionToken)).toBe('professional')
    } finally {
      await end('SIGTERM')
      const client = await MongoClient.connect(uri.href)
      await client.db().dropDatabase()
      await client.close()
    }
  }, 180_000)

  it('takes up a change of the source, and all of it ends when npm is killed', async () => {
    const info = await start(await freePort())
    const version = async (): Promise<string | undefined> => {
      const answer = await fetch(`${info.url}/api/health`).catch(() => undefined)
      return ((await answer?.json()) as { version?: string } | undefined)?.version
    }
    expect(await version()).not.toBe('9.9.9')
    const file = join(folder, 'lib', 'version.ts')
    await writeFile(file, (await readFile(file, 'utf8')).replaceAll('packageJson.version', "'9.9.9'"))
    await eventually('the new version', async () => (await version()) === '9.9.9')
    await expectEnd('SIGKILL', info)
  }, 120_000)

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
