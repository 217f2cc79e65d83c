import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseEnv } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../scripts/mongo/ports.ts'
import { buyUnheard } from '../api/polar/purchase.ts'
import { billingOf } from '../api/polar/stored.ts'
import { copyCheckout } from '../helpers/checkout.ts'
import { cleanEnvironment, type Finished, runScript } from '../helpers/run-script.ts'
import { freshTenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'

/** The settings that this test file's own API runs with. */
const settings = () => ({ ...services.environment, MONGODB_URI: process.env.MONGODB_URI ?? '' })
const reconcile = (given: Record<string, string>) => runScript('scripts/billing-reconcile.ts', [], given)

it('sets right what is wrong, and says how much that was', async () => {
  const tenant = await freshTenant()
  await buyUnheard(tenant, 'enterprise')
  expect(await reconcile(settings())).toEqual({ code: 0, output: '1 checked, 1 changed, 0 failed\n' })
  expect(await billingOf(tenant.clerkId)).toMatchObject({ plan: 'enterprise' })
  expect(await reconcile(settings())).toEqual({ code: 0, output: '1 checked, 0 changed, 0 failed\n' })
}, 180_000)

it('fails when Polar is away, and takes no plan from anybody', async () => {
  const tenant = await freshTenant({ plan: 'professional' })
  const { code, output } = await reconcile({ ...settings(), POLAR_API_URL: 'http://127.0.0.1:9' })
  expect(code).toBe(1)
  expect(output).toContain('The billing service cannot be reached just now.')
  expect(await billingOf(tenant.clerkId)).toMatchObject({ plan: 'professional' })
}, 180_000)

it('names the settings it lacks', async () => {
  const { code, output } = await reconcile({ MONGODB_URI: process.env.MONGODB_URI ?? '' })
  expect(code).toBe(1)
  expect(output).toContain('POLAR_ACCESS_TOKEN, POLAR_PRODUCT_PROFESSIONAL or POLAR_PRODUCT_ENTERPRISE')
}, 180_000)

it('is content with one product', async () => {
  const { POLAR_PRODUCT_PROFESSIONAL: _, ...others } = services.environment
  const { code, output } = await reconcile({ ...others, MONGODB_URI: process.env.MONGODB_URI ?? '' })
  expect([code, output]).toEqual([0, expect.stringMatching(/^\d+ checked, \d+ changed, 0 failed\n$/)])
}, 180_000)

it('says that it gave up, and that Polar refuses the token', async () => {
  const tenants = await Promise.all(Array.from({ length: 12 }, () => freshTenant({ plan: 'professional' })))
  const wrong = { POLAR_ACCESS_TOKEN: 'polar_oat_wrong', LOG_LEVEL: 'warn' }
  const { code, output } = await reconcile({ ...settings(), ...wrong })
  expect(code).toBe(1)
  expect(output).toMatch(/^\d+ checked, 0 changed, \d+ failed$/m)
  expect(output).toContain('Gave up: not everybody was checked.')
  expect(output).toContain('The billing service refuses this deployment (status 401).')
  expect(output, 'the log names it too').toMatch(/^\{.*API returned an error: 401.*\}$/m)
  expect(output).not.toContain('polar_oat_wrong')
  for (const { clerkId } of tenants) expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
}, 180_000)

describe('beside a development server', () => {
  /** A checkout of its own: `.local/` of the real one may be in use. */
  let folder: string
  beforeAll(async () => {
    folder = await copyCheckout('reconcile')
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const run = (given: Record<string, string> = {}) =>
    new Promise<Finished>(resolve => {
      const env = { ...cleanEnvironment(), ...given }
      execFile('npm', ['run', '--silent', 'billing:reconcile'], { cwd: folder, env }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: out + err }),
      )
    })

  it('works on that server’s data with that server’s settings', async () => {
    const file = join(folder, '.local', 'environment')
    const env = { ...cleanEnvironment(), PORT: String(await freePort()) }
    const server = spawn('npm', ['run', 'dev'], { cwd: folder, env, stdio: 'ignore' })
    try {
      const devFile = join(folder, '.local', 'dev.json')
      for (const until = Date.now() + 60_000; !existsSync(devFile) && Date.now() < until; ) await sleep(50)
      const { mongodbUri, clerk } = JSON.parse(await readFile(devFile, 'utf8'))
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      const written = parseEnv(await readFile(file, 'utf8'))
      expect(written.MONGODB_URI).toBe(mongodbUri)
      expect(written.CLERK_ISSUER).toBe(clerk.issuer)
      expect(written.CLERK_JWT_KEY).toMatch(
        /^-----BEGIN PUBLIC KEY-----\n[^\\]+\n-----END PUBLIC KEY-----\n?$/,
      )

      // As somebody has it who copied .env.example: empty counts as unset.
      await writeFile(join(folder, '.env.local'), 'POLAR_ACCESS_TOKEN=\nMONGODB_URI=\n')
      expect(await run()).toEqual({ code: 0, output: '0 checked, 0 changed, 0 failed\n' })
      const other = await run({ MONGODB_URI: process.env.MONGODB_URI ?? '' })
      expect(other.code, 'a stand-in says nothing about the customers of another database').toBe(1)
      expect(other.output).toContain('POLAR_ACCESS_TOKEN')
    } finally {
      const ended = once(server, 'exit')
      server.kill('SIGTERM')
      await ended
    }
    for (const until = Date.now() + 60_000; existsSync(file) && Date.now() < until; ) await sleep(50)
    expect(existsSync(file)).toBe(false)
    const alone = await run()
    expect(alone.code).toBe(1)
    expect(alone.output).toContain('MONGODB_URI, POLAR_ACCESS_TOKEN')
  }, 180_000)
})
