import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { CONFIG_NAMES, config, parse, requireConfig } from '../../lib/config.ts'
import { NotConfigured } from '../../lib/errors.ts'

const pemOfNewKey = () =>
  generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  }).publicKey
const [publicKey, otherKey] = [pemOfNewKey(), pemOfNewKey()]

describe('the environment', () => {
  it('may be empty: what has a default has it, the rest is absent', () => {
    expect(parse({})).toMatchObject({
      ALLOWED_ORIGINS: [],
      TRUST_PROXY: '0',
      USAGE_LOGGING: 'on',
      LOG_LEVEL: 'info',
      OPENAI_BASE_URL: 'https://api.openai.com/v1',
      AI_TIMEOUT_MS: 60_000,
    })
    expect(parse({}).MONGODB_URI).toBeUndefined()
  })

  it('takes an empty variable for one that is not set', () => {
    const empty = Object.fromEntries(CONFIG_NAMES.map(name => [name, '']))
    expect(parse(empty)).toEqual(parse({}))
  })

  it('ignores what it does not know', () => {
    expect(parse({ PATH: '/bin', HOME: '/root' })).toEqual(parse({}))
  })

  it('names every malformed variable at once', () => {
    const malformed = {
      MONGODB_URI: 'postgres://x',
      PUBLIC_URL: 'example.com',
      ALLOWED_ORIGINS: 'https://a.example,not a url',
      TRUST_PROXY: 'yes',
      USAGE_LOGGING: 'true',
      LOG_LEVEL: 'loud',
      CRON_SECRET: 'short',
      CLERK_JWT_KEY: 'MIIB',
      CLERK_ISSUER: 'ftp://clerk.example',
      CLERK_WEBHOOK_SECRET: ' , ',
      AI_TIMEOUT_MS: 'soon',
    }
    expect(() => parse(malformed)).toThrow(/malformed/)
    for (const name of Object.keys(malformed)) expect(() => parse(malformed)).toThrow(`\n  ${name}: `)
  })

  it.each([
    ['MONGODB_URI', 'mysql://user:hunter2@host'],
    ['CRON_SECRET', 'hunter2'],
    ['CLERK_JWT_KEY', 'hunter2'],
    ['TRUST_PROXY', 'hunter2'],
  ])('never repeats a value, which may be a secret: %s', (name, value) => {
    expect(() => parse({ [name]: value })).toThrow(name)
    expect(() => parse({ [name]: value })).not.toThrow(/hunter2/)
  })

  it.each(['mongodb://127.0.0.1/db', 'mongodb+srv://u:p@cluster.example/db?retryWrites=true'])(
    'has a database at %s',
    uri => {
      expect(parse({ MONGODB_URI: uri }).MONGODB_URI).toBe(uri)
    },
  )

  it.each([
    ['0', false],
    ['999', false],
    ['1000', true],
    ['300000', true],
    ['300001', false],
    ['1500.5', false],
    ['Infinity', false],
  ])('has a timeout of %s ms: %s', (value, good) => {
    const read = () => parse({ AI_TIMEOUT_MS: value }).AI_TIMEOUT_MS
    if (good) expect(read()).toBe(Number(value))
    else expect(read).toThrow('AI_TIMEOUT_MS')
  })
})

describe('a list', () => {
  it('is cut at commas, without blanks and empty items', () => {
    const { CLERK_WEBHOOK_SECRET } = parse({ CLERK_WEBHOOK_SECRET: ' whsec_new , whsec_old ,, ' })
    expect(CLERK_WEBHOOK_SECRET).toEqual(['whsec_new', 'whsec_old'])
  })

  it('of origins keeps scheme, host and port only', () => {
    const { ALLOWED_ORIGINS } = parse({
      ALLOWED_ORIGINS: 'https://App.Example.com/path?x=1, http://localhost:5173/,https://b.example:443',
    })
    expect(ALLOWED_ORIGINS).toEqual(['https://app.example.com', 'http://localhost:5173', 'https://b.example'])
  })

  it.each(['*', 'null', 'example.com', 'javascript:alert(1)', 'file:///etc', 'https://'])(
    'of origins has no “%s”',
    value => {
      expect(() => parse({ ALLOWED_ORIGINS: value })).toThrow('ALLOWED_ORIGINS')
    },
  )

  it('of secrets that holds none is malformed, not an open door', () => {
    expect(() => parse({ POLAR_WEBHOOK_SECRET: ',' })).toThrow('POLAR_WEBHOOK_SECRET')
    expect(() => parse({ CLERK_AUTHORIZED_PARTIES: ' , ' })).toThrow('CLERK_AUTHORIZED_PARTIES')
  })
})

describe('a PEM key', () => {
  it('may have its line breaks written out', () => {
    const written = publicKey.replaceAll('\n', '\\n')
    expect(written).not.toContain('\n')
    expect(parse({ CLERK_JWT_KEY: written }).CLERK_JWT_KEY).toEqual([publicKey.trim()])
    expect(parse({ CLERK_JWT_KEY: `  ${publicKey}\n` }).CLERK_JWT_KEY).toEqual([publicKey.trim()])
  })

  it.each([
    ['one after another', `${publicKey}${otherKey}`],
    ['separated by a comma', `${publicKey.trim()} , ${otherKey}`],
    ['in one line', `${publicKey}${otherKey}`.replaceAll('\n', '\\n')],
    ['in one line, with a comma', `${publicKey},${otherKey}`.replaceAll('\n', '\\n')],
  ])('may have a second one beside it: %s', (_how, written) => {
    expect(parse({ CLERK_JWT_KEY: written }).CLERK_JWT_KEY).toEqual([publicKey.trim(), otherKey.trim()])
  })

  it.each([
    ['that is cut short', publicKey.slice(0, 200)],
    ['beside one that is cut short', `${publicKey}${otherKey.slice(0, 200)}`],
    ['with something behind it', `${publicKey} and more`],
  ])('%s is malformed', (_how, written) => {
    expect(() => parse({ CLERK_JWT_KEY: written })).toThrow('CLERK_JWT_KEY: is not a PEM key')
  })
})

describe('an address', () => {
  it('loses its last slash, so that paths can be added', () => {
    expect(parse({ PUBLIC_URL: 'https://example.com/' }).PUBLIC_URL).toBe('https://example.com')
    expect(parse({ OPENAI_BASE_URL: 'http://127.0.0.1:1/v1//' }).OPENAI_BASE_URL).toBe(
      'http://127.0.0.1:1/v1',
    )
  })
})

describe('settings that are needed', () => {
  it('are there for certain, or named all at once', () => {
    expect(requireConfig('MONGODB_URI').MONGODB_URI).toMatch(/^mongodb:/)
    const missing = () => requireConfig('UPGRADE_URL', 'MONGODB_URI', 'VERCEL')
    expect(missing).toThrow(NotConfigured)
    expect(missing).toThrow('This deployment lacks the settings UPGRADE_URL, VERCEL.')
  })

  it('are read once', () => {
    expect(config()).toBe(config())
  })
})
