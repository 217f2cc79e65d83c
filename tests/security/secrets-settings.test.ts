import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { CONFIG_NAMES, SECRET_NAMES } from '../../lib/config.ts'
import { withoutSecrets } from '../../lib/secrets.ts'
import { canariesOf, freshSecrets } from '../faults/secrets/canaries.ts'
import { root } from '../helpers/run-script.ts'

/** Settings that anybody may see. A new setting belongs here or among `SECRET_NAMES`. */
const PLAIN_NAMES: readonly string[] = [
  'PUBLIC_URL',
  'UPGRADE_URL',
  'ALLOWED_ORIGINS',
  'TRUST_PROXY',
  'USAGE_LOGGING',
  'LOG_LEVEL',
  'TURNSTILE_URL',
  'CLERK_API_URL',
  'CLERK_ISSUER',
  // A public key: it checks signatures and makes none.
  'CLERK_JWT_KEY',
  'CLERK_AUTHORIZED_PARTIES',
  'POLAR_API_URL',
  'POLAR_PRODUCT_PROFESSIONAL',
  'POLAR_PRODUCT_ENTERPRISE',
  'OPENAI_BASE_URL',
  'OPENAI_CHAT_MODEL',
  'OPENAI_EMBEDDING_MODEL',
  'VERTEX_PROJECT',
  'VERTEX_LOCATION',
  'VERTEX_BASE_URL',
  'VERTEX_CHAT_MODEL',
  'GEMINI_BASE_URL',
  'GEMINI_CHAT_MODEL',
  'ANTHROPIC_BASE_URL',
  'ANTHROPIC_CHAT_MODEL',
  'GROQ_BASE_URL',
  'GROQ_CHAT_MODEL',
  'AI_PRICES',
  'PII_MASKING',
  'AI_TIMEOUT_MS',
  'STORAGE_PROVIDER',
  'S3_BUCKET',
  'S3_REGION',
  'S3_ENDPOINT',
  // Every presigned address tells it.
  'S3_ACCESS_KEY_ID',
  'ATLAS_VECTOR_INDEX',
  'VECTOR_MEMORY_MIB',
  'VERCEL',
  'VERCEL_GIT_COMMIT_SHA',
  'LD_LIBRARY_PATH',
]

const secrets = freshSecrets('http://127.0.0.1:1/token')
const canaries = canariesOf(secrets)

// The database is open by now; the secrets are read when the first text is cleaned.
beforeAll(() => {
  Object.assign(process.env, secrets)
})

describe('the settings', () => {
  it('are each known to hold a secret or none', () => {
    expect([...SECRET_NAMES, ...PLAIN_NAMES].sort()).toEqual([...CONFIG_NAMES].sort())
  })

  it('that sound secret are held to be', () => {
    const sounding = CONFIG_NAMES.filter(name => /SECRET|TOKEN|_KEY$|PASSWORD|CREDENTIALS|URI/.test(name))
    expect(sounding.filter(name => !SECRET_NAMES.includes(name as never))).toEqual(['CLERK_JWT_KEY'])
  })

  it('that are secret have their rotation in SECURITY.md', async () => {
    const [, steps = ''] = (await readFile(join(root, 'SECURITY.md'), 'utf8')).split('## Rotate')
    expect([...SECRET_NAMES, 'CLERK_JWT_KEY'].filter(name => !steps.includes(`\`${name}\``))).toEqual([])
  })

  it('that are secret have a canary each', () => {
    const named = new Set(canaries.map(({ name }) => name))
    expect(SECRET_NAMES.filter(name => !named.has(name))).toEqual([])
  })
})

describe('a text without secrets', () => {
  it.each(canaries.map(({ name, value }) => [name, value] as const))('lacks that of %s', (_name, value) => {
    for (const text of [`It said: ${value}.`, JSON.stringify({ it: value }), `user:${value}@host`]) {
      expect(withoutSecrets(text)).not.toContain(value)
      expect(withoutSecrets(text)).not.toContain(JSON.stringify(value).slice(1, -1))
    }
  })

  it.each([
    ['an API key', `tc_live_${'a1B2'.repeat(9)}xy`],
    ['an older API key', `tc_live_${'0af9'.repeat(16)}`],
    ['a session token', `eyJ${'a'.repeat(30)}.eyJ${'b'.repeat(90)}.${'c'.repeat(340)}`],
    ['an access token of Google', `ya29.${'c0.dE'.repeat(20)}`],
    ['somebody else’s password', 'hunter2hunter2'],
    ['a bearer token', 'dG9rZW4/token+token=='],
  ])('lacks %s, which no setting holds', (kind, value) => {
    const before = { 'somebody else’s password': 'mongodb://ann:', 'a bearer token': 'Bearer ' }[kind] ?? ''
    expect(withoutSecrets(`It said: ${before}${value}@host/x.`)).not.toContain(value)
  })

  it('lacks a private key, however its lines are broken', () => {
    const { private_key } = JSON.parse(secrets.VERTEX_CREDENTIALS.replace('canary@', 'other@'))
    const key = private_key.replace('MII', 'MIJ') as string
    for (const text of [key, JSON.stringify({ key }), JSON.stringify(JSON.stringify({ key }))])
      expect(withoutSecrets(text)).not.toMatch(/[\w+/]{30}/)
  })

  it.each([
    '{"level":50,"err":{"message":"disk on fire"},"requestId":"6f1c3c8e-8f7f-4f43-a1b6-0d2a5d1f6d11"}\n',
    'POST http://127.0.0.1:3000/api/app/me?mail=ann@example.com',
    'mongodb://127.0.0.1:27017,127.0.0.1:27018/app?replicaSet=rs0',
    'The key tc_live_abcdefghijkl was revoked.',
  ])('keeps all that is none: %s', text => {
    expect(withoutSecrets(text)).toBe(text)
  })

  it('is found in a time that grows with its length alone', () => {
    const hostile = ['eyJ', '://a:', 'Bearer ', '-----BEGIN PRIVATE KEY-----', 'ya29.', 'tc_live_']
    for (const piece of hostile) {
      const start = performance.now()
      withoutSecrets(piece.repeat(200_000 / piece.length))
      expect(performance.now() - start, piece).toBeLessThan(2_000)
    }
  })
})
