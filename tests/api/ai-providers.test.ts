import { afterAll, describe, expect, it } from 'vitest'
import { listen } from '../../scripts/local/http.ts'
import { startOpenAI } from '../../scripts/local/openai/index.ts'
import { call, expectProblem, expectStatus } from '../helpers/call.ts'
import { freshTenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'

const groq = await startOpenAI()
/** Answers in words where JSON was asked for. */
const chatty = await listen(() =>
  Response.json({ choices: [{ index: 0, message: { role: 'assistant', content: 'A nice picture.' } }] }),
)
afterAll(() => Promise.all([groq.close(), chatty.close()]))

// Settings are read when the first request comes.
Object.assign(process.env, {
  GROQ_API_KEY: groq.apiKey,
  GROQ_BASE_URL: groq.baseUrl,
  ANTHROPIC_API_KEY: 'sk-ant',
  ANTHROPIC_BASE_URL: chatty.url,
})

const imageUrl = 'https://example.com/a.png'
const BODIES = { chat: { message: 'Hi' }, embed: { text: 'Hi' }, vision: { imageUrl } }
const actions = Object.keys(BODIES) as (keyof typeof BODIES)[]

describe('a provider beside the usual one', () => {
  it('answers a chat with its own model', async () => {
    const tenant = await freshTenant()
    const others = services.openai.requests().length
    const answer = await tenant.call('POST', '/api/ai?provider=groq&action=chat', { json: BODIES.chat })
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({ provider: 'groq', model: 'openai/gpt-oss-120b' })
    expect(groq.requests().at(-1)?.body).toMatchObject({ model: 'openai/gpt-oss-120b' })
    expect(services.openai.requests().length).toBe(others)
  })

  it('describes images, asked in its own way', async () => {
    const tenant = await freshTenant()
    const answer = await tenant.call('POST', '/api/ai?provider=groq&action=vision', { json: BODIES.vision })
    expectStatus(answer, 200)
    expect(answer.body.caption).toContain(imageUrl)
    expect(groq.requests().at(-1)?.body).toMatchObject({ response_format: { type: 'json_object' } })
  })

  it('is refused where it cannot do what is asked', async () => {
    const tenant = await freshTenant()
    const answer = await tenant.call('POST', '/api/ai?provider=groq&action=embed', { json: BODIES.embed })
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors).toEqual([{ path: 'provider', message: 'groq has no embeddings' }])
  })

  it('that does not describe an image as asked has failed', async () => {
    const tenant = await freshTenant()
    const path = '/api/ai?provider=anthropic&action=vision'
    expectProblem(await tenant.call('POST', path, { json: BODIES.vision }), 502, 'provider_error')
    expect((await tenant.call('GET', '/api/app/me')).body.usage.chatMessages).toBe(0)
  })

  it.each(actions)('for %s is 503 when it is not configured, 400 when there is none', async action => {
    const tenant = await freshTenant()
    const ask = (provider: string) =>
      tenant.call('POST', `/api/ai?provider=${provider}&action=${action}`, { json: BODIES[action] })
    const missing = await ask('vertex')
    expectProblem(missing, 503, 'not_configured')
    expect(missing.body.detail).toContain('VERTEX_PROJECT, VERTEX_CREDENTIALS')
    const unknown = await ask('nobody')
    expectProblem(unknown, 400, 'invalid_input')
    expect(unknown.body.errors[0].path).toBe('provider')
  })
})

describe('GET /api/ai?action=models', () => {
  it('tells anybody which providers there are', async () => {
    const answer = await call('GET', '/api/ai?action=models', { ip: '192.0.2.200' })
    expectStatus(answer, 200)
    const { providers } = answer.body
    const configured = providers.filter((listed: { configured: boolean }) => listed.configured)
    expect(configured.map((listed: { provider: string }) => listed.provider)).toEqual([
      'openai',
      'anthropic',
      'groq',
    ])
    expect(providers[0]).toEqual({
      provider: 'openai',
      configured: true,
      models: expect.arrayContaining(['gpt-4o-mini', 'gpt-4o']),
      embeddingModels: expect.arrayContaining(['text-embedding-3-small']),
      default: 'gpt-4o-mini',
    })
    expect(JSON.stringify(answer.body)).not.toContain(groq.apiKey)
    expect(JSON.stringify(answer.body)).not.toContain('127.0.0.1')
  })

  it('and tenants, too', async () => {
    const tenant = await freshTenant()
    expectStatus(await tenant.call('GET', '/api/ai?action=models'), 200)
    const { headers } = await tenant.newKey()
    expectStatus(await call('GET', '/api/ai?action=models', { headers }), 200)
  })

  it('is the only thing to get there', async () => {
    expectProblem(await call('GET', '/api/ai'), 400, 'invalid_input')
    expectProblem(await call('GET', '/api/ai?action=chat'), 400, 'invalid_input')
    expect((await call('HEAD', '/api/ai?action=models', { ip: '192.0.2.201' })).status).toBe(200)
  })

  it('is not shown to a bad credential', async () => {
    const headers = { Authorization: 'Bearer nonsense' }
    expectProblem(await call('GET', '/api/ai?action=models', { headers }), 401, 'unauthenticated')
  })
})
