import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { SECRET_NAMES } from '../../../lib/config.ts'
import { loadRoutes } from '../../../scripts/lib/routes.ts'
import { clerkDelivery, clerkUserData } from '../../../scripts/local/clerk/webhooks.ts'
import { polarSubscription } from '../../../scripts/local/polar/payloads.ts'
import { polarDelivery, polarTimestamp } from '../../../scripts/local/polar/webhooks.ts'
import { type Api, startApi } from '../../helpers/api-process.ts'
import { fileForm } from '../../helpers/files.ts'
import type { Headers } from '../../helpers/tenant.ts'
import { type Cast, freshCast } from '../../security/callers.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'
import { type Canary, canariesOf, freshSecrets } from './canaries.ts'
import { startEcho, startKeySwap } from './echo-server.ts'
import { databaseContent, kindsIn, leaksOf, type Written } from './leaks.ts'
import { ask, callAsMeant, callWrongly, newRound } from './rounds.ts'

const IS_SHORT = process.env.FAULTS === 'short'
const root = join(import.meta.dirname, '..', '..', '..')
const routes = await loadRoutes(join(root, 'api'))
const contracts = routes.flatMap(({ methods }) => methods.flatMap(method => method.contracts))

const echo = await startEcho()
const secrets = freshSecrets(`${echo.url}/token`)
const { openai } = services
const swap = await startKeySwap(openai.baseUrl, secrets.OPENAI_API_KEY, openai.apiKey)
const DEBUG = { LOG_LEVEL: 'debug', TRUST_PROXY: '1' }

/** Everything works, with secrets of which each is recognisable. */
const healthy = {
  ...environment(),
  ...DEBUG,
  OPENAI_API_KEY: secrets.OPENAI_API_KEY,
  OPENAI_BASE_URL: swap.url,
}
/** Every service it leans on, but the database, refuses and repeats what it was sent. */
const { MONGODB_URI: _, ...otherSecrets } = secrets
const refused = {
  ...DEBUG,
  ...otherSecrets,
  CLERK_API_URL: echo.url,
  POLAR_API_URL: echo.url,
  TURNSTILE_URL: echo.url,
  OPENAI_BASE_URL: echo.url,
  VERTEX_PROJECT: 'canary',
  VERTEX_BASE_URL: echo.url,
  GEMINI_BASE_URL: echo.url,
  ANTHROPIC_BASE_URL: echo.url,
  GROQ_BASE_URL: echo.url,
  STORAGE_PROVIDER: 's3',
  S3_BUCKET: 'canary',
  S3_REGION: 'us-east-1',
  S3_ENDPOINT: echo.url,
  S3_ACCESS_KEY_ID: 'canary',
}
const ACCESS_TOKEN = `ya29.canary${randomUUID()}`

/** Addresses of databases that cannot be used, by what is wrong with them. */
function badAddresses(): Record<string, string> {
  const { password } = new URL(secrets.MONGODB_URI)
  const wrongPassword = new URL(process.env.MONGODB_URI ?? '')
  Object.assign(wrongPassword, { username: 'canary', password })
  const likely = { 'a user that is unknown': wrongPassword.href, 'nobody there': secrets.MONGODB_URI }
  const odd = {
    'a port that is none': `mongodb://canary:${password}@127.0.0.1:nowhere/canary`,
    'a password with a stray sign': `mongodb://canary:${password}%zz@127.0.0.1:1/canary`,
  }
  return IS_SHORT ? likely : { ...likely, ...odd }
}

/** The settings that the test run itself has. */
function environment(): Record<string, string> {
  return Object.fromEntries(
    SECRET_NAMES.flatMap(name => (process.env[name] ? [[name, process.env[name]]] : [])),
  )
}

const round = newRound()
const logs: Written[] = []
const canaries: Canary[] = []
let database: Written[]
let cast: Cast

async function withApi(name: string, settings: Record<string, string>, use: (api: Api) => Promise<void>) {
  canaries.push(...canariesOf(settings))
  const api = await startApi(settings)
  try {
    await use(api)
  } finally {
    await api.stop()
    logs.push({ where: `the log of the API with ${name}`, text: api.log() })
  }
}

beforeAll(async () => {
  cast = await freshCast()
  noteCredentials(cast)
  await Promise.all([
    withApi('all in order', healthy, async api => {
      await deliverWebhooks(api)
      await callWrongly(api, round, cast, contracts)
      await callAsMeant(api, round, cast, contracts)
    }),
    withApi('refusing services', refused, callWhatRefuses),
    ...Object.entries(badAddresses()).map(([name, MONGODB_URI]) =>
      withApi(name, { ...DEBUG, MONGODB_URI }, async api => {
        const { session } = cast.stranger.tenant
        await ask(api, round, { id: 'a bad database', method: 'GET', path: '/api/health' })
        await ask(api, round, { id: 'a bad database', method: 'GET', path: '/api/app/me', headers: session })
      }),
    ),
    startWithMalformed(),
  ])
  canaries.push(...round.canaries, { name: 'an access token', value: ACCESS_TOKEN })
  await background.drain()
  database = await databaseContent()
}, 240_000)

afterAll(async () => {
  await Promise.all([echo.close(), swap.close()])
})

/** The keys and sessions of everybody who calls. */
function noteCredentials({ victim, stranger, admin, suspended, deleted }: Cast): void {
  for (const person of [victim, stranger, admin, suspended, deleted]) {
    const { key, revokedKey, expiredKey, expiredSession, tenant } = person
    for (const { Authorization = '' } of [key, revokedKey, expiredKey])
      canaries.push({ name: 'an API key', value: Authorization.replace('Bearer ', '') })
    for (const { Authorization = '' } of [expiredSession, tenant.session])
      canaries.push({ name: 'a session token', value: Authorization.replace('Bearer ', '') })
  }
}

async function deliverWebhooks(api: Api): Promise<void> {
  const { clerk, polar } = services
  const user = { type: 'user.created', data: clerkUserData({ id: 'user_canary' }) }
  const data = polarSubscription({
    externalId: 'user_canary',
    productId: polar.products.professional,
    products: polar.products,
  })
  const change = { type: 'subscription.active', timestamp: polarTimestamp(), data }
  const deliveries = [
    { id: 'receiveClerkWebhook', path: '/api/webhooks/clerk', ...clerkDelivery(clerk.webhookSecret, user) },
    { id: 'receivePolarWebhook', path: '/api/polar/webhook', ...polarDelivery(polar.webhookSecret, change) },
  ]
  for (const { headers, ...delivery } of deliveries) {
    await ask(api, round, { ...delivery, method: 'POST', headers })
    await ask(api, round, { ...delivery, method: 'POST', headers, body: `${delivery.body} ` })
  }
  await ask(api, round, { id: 'getHealth', method: 'GET', path: '/api/health' })
}

const REFUSALS = IS_SHORT ? [400, 401, 500] : [400, 401, 403, 404, 422, 500]
const PROVIDERS = ['openai', 'vertex', 'gemini', 'anthropic', 'groq']

async function callWhatRefuses(api: Api): Promise<void> {
  const { key, tenant } = cast.stranger
  const newcomer = { Authorization: `Bearer ${await services.clerk.sessionToken(`user_${randomUUID()}`)}` }
  const captcha = {
    formType: 'contact',
    name: 'Ann',
    email: 'ann@example.org',
    message: 'Hi',
    captchaToken: 'x',
  }
  const post = (path: string, json: unknown, headers: Headers = key) =>
    ask(api, round, { id: 'a refusing service', method: 'POST', path, json, headers })
  for (const status of REFUSALS) {
    echo.answerWith(status)
    if (status === 401) echo.giveToken(ACCESS_TOKEN)
    await Promise.all([
      ...PROVIDERS.flatMap(provider => [
        post(`/api/ai?action=chat&provider=${provider}`, { message: 'Hello' }),
        post(`/api/ai?action=chat&provider=${provider}`, { message: 'Hello', stream: true }),
        post('/api/v1/chat/completions', {
          model: `${provider}/some-model`,
          messages: [{ role: 'user', content: 'Hello' }],
        }),
      ]),
      post('/api/ai?action=embed', { text: 'Hello' }),
      post('/api/ai?action=vision', { imageUrl: 'https://example.com/x.png' }),
      post('/api/v1/embeddings', { model: 'text-embedding-3-small', input: 'Hello' }),
      post('/api/files/search', { query: 'Hello' }),
      post('/api/files?action=presign', { name: 'a.txt', size: 10 }),
      post('/api/polar/checkout', { plan: 'professional' }, tenant.session),
      post('/api/polar/portal', undefined, tenant.session),
      post('/api/forms', captcha, {}),
      ask(api, round, {
        id: 'a refusing service',
        method: 'POST',
        path: '/api/files',
        headers: key,
        body: fileForm('Some text.'),
      }),
      ask(api, round, { id: 'a refusing service', method: 'GET', path: '/api/app/me', headers: newcomer }),
    ])
  }
  const cron = { Authorization: `Bearer ${secrets.CRON_SECRET}` }
  await ask(api, round, { id: 'a refusing service', method: 'GET', path: '/api/cron/daily', headers: cron })
}

/** What a process says that cannot start, of settings that each hold a secret and are each malformed. */
async function startWithMalformed(): Promise<void> {
  const value = `canary${randomUUID()}`
  const malformed = {
    MONGODB_URI: `mysql://canary:${value}@127.0.0.1/canary`,
    CRON_SECRET: value.slice(0, 15),
    CLERK_JWT_KEY: `${value} and no key`,
    VERTEX_CREDENTIALS: `{"private_key":"${value}"`,
    AI_PRICES: `{"${value}":`,
    LOG_LEVEL: value,
  }
  canaries.push({ name: 'a malformed setting', value: value.slice(0, 15) })
  const message = await startApi(malformed).then(
    () => '',
    error => String(error),
  )
  expect(message).toContain('The environment is malformed')
  logs.push({ where: 'the log of the API with malformed settings', text: message })
}

describe('the round of calls', () => {
  it('had an answer of every operation that was as it should be', () => {
    const silent = contracts.filter(({ id, responses }) => {
      const promised = Object.keys(responses).map(Number)
      return !(round.statuses.get(id) ?? []).some(status => promised.includes(status))
    })
    expect(silent.map(({ id }) => id)).toEqual(['presignUpload'])
  })

  it('met the refusals that it was to meet', () => {
    const met = [...new Set(round.statuses.get('a refusing service'))]
    expect(met).toEqual(expect.arrayContaining([200, 201, 400, 502, 503]))
    expect(round.statuses.get('a bad database')?.filter(status => status < 500)).toEqual([])
  })

  it('had a canary in every secret setting', () => {
    expect(SECRET_NAMES.filter(name => !canaries.some(canary => canary.name === name))).toEqual([])
  })

  it('was handed keys, and Idempotency-Keys for them', () => {
    expect(round.canaries.filter(({ name }) => name === 'an API key').length).toBeGreaterThan(2)
    expect(round.canaries.filter(({ name }) => name === 'an Idempotency-Key').length).toBeGreaterThan(20)
  })

  it('left what can be searched: answers, logs and documents tell what they should', () => {
    const told: Canary[] = [cast.victim.mark, 'Some text.'].map(value => ({ name: 'it', value }))
    const places = leaksOf(told, [...round.answers, ...database]).map(leak => leak.split(' in ')[1])
    for (const place of ['the answer to exportAccount', 'users ', 'chatconversations ', 'files.chunks '])
      expect(
        places.some(found => found?.startsWith(place)),
        place,
      ).toBe(true)
    expect(logs.filter(({ text }) => text.includes('"level":')).length).toBeGreaterThan(2)
  })
})

describe('no secret', () => {
  it('is in an answer', () => {
    expect(leaksOf(canaries, round.answers)).toEqual([])
  })

  it('is in a log, even of all that is worth a debugger’s look', () => {
    expect(leaksOf(canaries, logs)).toEqual([])
  })

  it('is in the database', () => {
    expect(leaksOf(canaries, database)).toEqual([])
  })

  it('is in what browsers get as files', async () => {
    const names = (await readdir(join(root, 'public'), { recursive: true, withFileTypes: true }))
      .filter(entry => entry.isFile() && !entry.parentPath.includes('vendor'))
      .map(entry => join(entry.parentPath, entry.name))
    const files = await Promise.all(
      names.map(async name => ({ where: name, text: await readFile(name, 'utf8') })),
    )
    expect(leaksOf(canaries, files)).toEqual([])
    expect(kindsIn(files).filter(kind => !kind.startsWith('a field'))).toEqual([])
    expect(files.filter(({ text }) => /tc_live_[0-9A-Za-z]{38}/.test(text))).toEqual([])
  })
})

describe('no hash and no vector', () => {
  const GIVES_VECTORS = /to (embed|createEmbeddings) /

  it('is in an answer that was not asked for one', () => {
    expect(kindsIn(round.answers.filter(({ where }) => !GIVES_VECTORS.test(where)))).toEqual([])
  })

  it('is in a log', () => {
    expect(kindsIn(logs)).toEqual([])
  })
})
