import { generateKeyPairSync } from 'node:crypto'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { signSessionToken } from '../../scripts/local/clerk/tokens.ts'
import { origin } from '../helpers/call.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'

const { clerk } = services
const newPair = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
const next = newPair()
const third = newPair()

let tenant: Tenant
beforeAll(async () => {
  tenant = await freshTenant()
})

/** What a route says to a bearer, in a process that begins with these settings. */
async function statusUnder(settings: Record<string, string>, path: string, file: string, bearer: string) {
  Object.assign(process.env, settings)
  vi.resetModules()
  const { GET } = (await import(file)) as { GET(request: Request): Promise<Response> }
  const headers = { Authorization: `Bearer ${bearer}` }
  const request = Object.defineProperty(new Request(origin + path, { headers }), 'ip', { value: '127.0.0.1' })
  return (await GET(request)).status
}

const sessionOf = (privateKey: string, kid: string) =>
  signSessionToken({ privateKey, kid, issuer: clerk.issuer, azp: clerk.azp, clerkId: tenant.clerkId })
const sessions = async () => ({
  old: await sessionOf(clerk.jwtPrivateKey, clerk.kid),
  new: await sessionOf(next.privateKey, 'ins_next'),
  foreign: await sessionOf(third.privateKey, clerk.kid),
})

describe('the key that checks sessions', () => {
  const before = clerk.jwtKey
  const overlap = `${clerk.jwtKey}${next.publicKey}`
  const backwards = `${next.publicKey.trim()},${clerk.jwtKey.trim()}`.replaceAll('\n', '\\n')

  it.each([
    ['before', before, { old: 200, new: 401 }],
    ['while both are set', overlap, { old: 200, new: 200 }],
    ['while both are set, in one line and the other order', backwards, { old: 200, new: 200 }],
    ['after', next.publicKey, { old: 401, new: 200 }],
  ])('%s', async (_when, CLERK_JWT_KEY, expected) => {
    const ask = (token: string) => statusUnder({ CLERK_JWT_KEY }, '/api/app/me', '../../api/app/me.ts', token)
    const shown = await sessions()
    expect({ old: await ask(shown.old), new: await ask(shown.new) }).toEqual(expected)
    expect(await ask(shown.foreign)).toBe(401)
  })
})

describe('the secret of the daily work', () => {
  const [old, fresh] = ['an old cron secret of 16', 'a new cron secret of 16'].map(text =>
    text.replaceAll(' ', '-'),
  )

  it('is the one that is set, and no other', async () => {
    for (const [CRON_SECRET = '', other = ''] of [
      [old, fresh],
      [fresh, old],
    ]) {
      const ask = (bearer: string) =>
        statusUnder({ CRON_SECRET }, '/api/cron/daily', '../../api/cron/daily.ts', bearer)
      expect(await ask(other)).toBe(401)
      expect(await ask(CRON_SECRET)).toBe(200)
    }
  })
})
