import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { complete } from '../../../lib/ai/complete.ts'
import { type Provider, providerOf } from '../../../lib/ai/providers.ts'
import { type Asked, sendAnswer, sendJson, startUpstream } from './upstream.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

let refusesTokens = false
let isSilent = false
let lifetimeSeconds = 3600
const upstream = await startUpstream((response, { path }) => {
  if (path !== '/token') return sendAnswer(response, 'Hello.')
  if (isSilent) return
  if (refusesTokens) return sendJson(response, { error: 'invalid_grant', error_description: 'No' }, 400)
  const access_token = `ya29.${tokenRequests().length}`
  sendJson(response, { access_token, expires_in: lifetimeSeconds, token_type: 'Bearer' })
})
const tokenRequests = () => upstream.requests.filter(({ path }) => path === '/token')
const chatRequests = () => upstream.requests.filter(({ path }) => path.endsWith('/chat/completions'))

// Settings are read when the first request comes.
Object.assign(process.env, {
  AI_TIMEOUT_MS: '1000',
  VERTEX_PROJECT: 'a-project',
  VERTEX_LOCATION: 'europe-west1',
  VERTEX_CREDENTIALS: JSON.stringify({
    type: 'service_account',
    client_email: 'robot@a-project.iam.gserviceaccount.com',
    private_key: privateKey,
    token_uri: `${upstream.url}/token`,
  }),
})

const messages = [{ role: 'user' as const, content: 'Hi' }]
const vertex = (): Provider => ({ ...providerOf('vertex'), baseUrl: `${upstream.url}/v1` })

/** The claims of the assertion in a token request, which the service account's key has signed. */
function claimsOf({ body }: Asked): Record<string, unknown> {
  const [head = '', payload = '', signature = ''] = String(body.assertion).split('.')
  const isSigned = verify(
    'sha256',
    Buffer.from(`${head}.${payload}`),
    createPublicKey(publicKey),
    Buffer.from(signature, 'base64url'),
  )
  expect(isSigned).toBe(true)
  return JSON.parse(Buffer.from(payload, 'base64url').toString())
}

describe('vertex', () => {
  it('is reached in its project and location', () => {
    expect(providerOf('vertex').baseUrl).toBe(
      'https://europe-west1-aiplatform.googleapis.com/v1/projects/a-project/locations/europe-west1/endpoints/openapi',
    )
  })

  it('says so when there is no token to be had, and tries again the next time', async () => {
    refusesTokens = true
    await expect(complete(vertex(), { messages })).rejects.toMatchObject({
      code: 'provider_error',
      message: 'vertex failed.',
    })
    expect(chatRequests()).toEqual([])
    refusesTokens = false
  })

  it('is not waited for longer than AI_TIMEOUT_MS while there is no token', async () => {
    isSilent = true
    const startedAt = performance.now()
    await expect(complete(vertex(), { messages })).rejects.toMatchObject({ code: 'provider_timeout' })
    expect(performance.now() - startedAt).toBeLessThan(3_000)
    isSilent = false
    upstream.dropConnections()
    lifetimeSeconds = 60
    await complete(vertex(), { messages })
  })

  it('is asked with a token that the service account asked for, one for many requests', async () => {
    const before = tokenRequests().length
    lifetimeSeconds = 60
    await Promise.all([complete(vertex(), { messages }), complete(vertex(), { messages })])
    expect(tokenRequests().length).toBe(before + 1)
    const claims = claimsOf(tokenRequests().at(-1) as Asked)
    expect(claims).toMatchObject({
      iss: 'robot@a-project.iam.gserviceaccount.com',
      aud: `${upstream.url}/token`,
      scope: 'https://www.googleapis.com/auth/cloud-platform',
    })
    const { headers, body } = chatRequests().at(-1) as Asked
    expect(headers.authorization).toBe(`Bearer ya29.${before + 1}`)
    expect(body).toEqual({ model: 'google/gemini-3.8-flash', messages })
  })

  it('gets a new token when the old one is about to expire, and keeps it', async () => {
    const before = tokenRequests().length
    lifetimeSeconds = 3600
    for (let i = 0; i < 3; i++) await complete(vertex(), { messages })
    expect(tokenRequests().length).toBe(before + 1)
    expect(chatRequests().at(-1)?.headers.authorization).toBe(`Bearer ya29.${before + 1}`)
  })
})
