import { describe, expect, it } from 'vitest'
import { nextMonth, readCounters } from '../../../lib/limits/counters.ts'
import { UsageCounter } from '../../../models/usage-counter.ts'
import { call, expectStatus, origin } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { bodyOf, COMPLETIONS, complete, EMBEDDINGS, expectError, MODELS } from './openai.ts'

const user = { role: 'user', content: 'Hi' }

describe('a refused request has OpenAI’s shape', () => {
  it.each([
    ['no credential', {}],
    ['nonsense', { Authorization: 'Bearer sk-123' }],
    ['a key whose checksum is wrong', { Authorization: `Bearer tc_live_${'a'.repeat(38)}` }],
  ])('401 for %s', async (_kind, headers) => {
    const answer = await call('POST', COMPLETIONS, { json: bodyOf('Hi'), headers })
    expectError(answer, 401, { code: 'invalid_api_key', param: null })
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  })

  it.each([
    ['n', { messages: [user], n: 2 }],
    ['messages', { messages: [] }],
    ['messages', { messages: 'Hi' }],
    ['messages[0].role', { messages: [{ content: 'Hi' }] }],
    ['messages[1].content', { messages: [user, { role: 'user', content: 7 }] }],
    ['model', { model: '', messages: [user] }],
    ['model', { model: 'openai/', messages: [user] }],
    ['model', { model: 'knowledge/', messages: [user] }],
    ['stream', { messages: [user], stream: 'yes' }],
  ])('400 that names %s', async (param, asked) => {
    expectError(await complete(await freshTenant(), asked), 400, { param, code: 'invalid_input' })
  })

  it.each([
    ['tool_choice', { messages: [user], tool_choice: 'auto' }],
    ['temperature', { messages: [user], temperature: 3 }],
    ['messages[0].role', { messages: [{ role: 'tool', content: 'x', tool_call_id: 'none' }, user] }],
  ])('400 that names %s, which the provider finds wrong, in its words', async (param, asked) => {
    const tenant = await freshTenant()
    const answer = await complete(tenant, asked)
    expectError(answer, 400, { param, message: expect.stringMatching(/^openai refused the request: /) })
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(0)
  })

  it('404 for a model that the provider does not know', async () => {
    services.openai.failNext(404)
    expectError(await complete(await freshTenant(), 'Hi'), 404, { code: 'model_not_found' })
  })

  it('400, 415 and 413 for a body that is no JSON, of another type, too large', async () => {
    const { session } = await freshTenant()
    const send = (body: string, type = 'application/json') =>
      call('POST', COMPLETIONS, { body, headers: { ...session, 'Content-Type': type } })
    expectError(await send('{'), 400, { code: 'invalid_input' })
    expectError(await send('{}', 'text/plain'), 415, { code: 'unsupported_media_type' })
    expectError(await send(`"${'x'.repeat(4 * 1024 * 1024)}"`), 413, { code: 'too_large' })
    const allowed = bodyOf('x'.repeat(3 * 1024 * 1024))
    expectStatus(await call('POST', COMPLETIONS, { json: allowed, headers: session }), 200)
  })

  it.each([
    ['GET', COMPLETIONS, 'POST, OPTIONS'],
    ['DELETE', EMBEDDINGS, 'POST, OPTIONS'],
    ['POST', MODELS, 'GET, HEAD, OPTIONS'],
  ])('405 with Allow for %s %s', async (method, path, allow) => {
    const answer = await call(method, path)
    expectError(answer, 405, { code: 'method_not_allowed' })
    expect(answer.headers.get('allow')).toBe(allow)
  })

  it.each(['/api/v1', '/api/v1/', '/api/v1/nothing', '/api/v1/chat/completions/x', '/api/v1/responses'])(
    '404 for %s, which is none of its endpoints',
    async path => {
      expectError(await call('POST', path), 404, { code: 'not_found', param: null })
    },
  )

  it('is a problem document everywhere else, even right beside it', async () => {
    for (const path of ['/api/v1x', '/api/v2/models', '/api/v10/models']) {
      const answer = await call('GET', path)
      expectStatus(answer, 404)
      expect(answer.headers.get('content-type')).toBe('application/problem+json')
    }
  })

  it('502 when the provider fails, 503 for one that is not configured', async () => {
    const tenant = await freshTenant()
    services.openai.failNext(503, 3)
    expectError(await complete(tenant, 'Hi'), 502, { type: 'server_error', code: 'provider_error' })
    const asked = { model: 'groq/openai/gpt-oss-20b', messages: [user] }
    const unknown = await complete(tenant, asked)
    expectError(unknown, 503, { type: 'server_error', code: 'not_configured' })
    expect(unknown.body.error.message).toContain('GROQ_API_KEY')
    expect(unknown.headers.get('x-should-retry')).toBe('false')
    expect((await readCounters(tenant.clerkId)).chatMessages).toBe(0)
  })

  it('409 and 422 for an Idempotency-Key in use, told as the clients expect', async () => {
    const tenant = await freshTenant()
    const headers = { 'Idempotency-Key': 'k' }
    expectStatus(await complete(tenant, 'One', headers), 200)
    expectError(await complete(tenant, 'Two', headers), 422, { code: 'idempotency_mismatch' })
  })

  it('lets a browser page read it', async () => {
    const answer = await call('POST', COMPLETIONS, { json: {}, headers: { Origin: origin } })
    expectError(answer, 401, {})
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expectStatus(await call('OPTIONS', COMPLETIONS, { headers: { Origin: origin } }), 204)
  })
})

describe('limits', () => {
  it('429 rate_limit_exceeded with Retry-After', async () => {
    const tenant = await freshTenant()
    let answer = await tenant.call('GET', MODELS)
    for (let sent = 1; answer.status === 200 && sent < 200; sent++) answer = await tenant.call('GET', MODELS)
    expectError(answer, 429, { type: 'requests', code: 'rate_limit_exceeded' })
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(answer.headers.get('x-should-retry')).toBeNull()
  })

  it.each([false, true])('429 insufficient_quota, not to be tried again, streamed or not', async stream => {
    const tenant = await freshTenant()
    expectStatus(await complete(tenant, 'Hi'), 200)
    await UsageCounter.updateOne({ clerkId: tenant.clerkId, period: { $ne: 'total' } }, { chatMessages: 100 })
    const answer = await complete(tenant, { messages: [user], stream })
    expectError(answer, 429, { type: 'insufficient_quota', code: 'insufficient_quota' })
    const { error } = answer.body
    expect(error).toMatchObject({ limit: 100, used: 100, upgradeUrl: expect.stringMatching(/^https?:/) })
    expect(error.resetsAt).toBe(nextMonth(new Date()).toISOString())
    expect(answer.headers.get('x-should-retry')).toBe('false')
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  it('with one message left, exactly one of many is answered', async () => {
    const tenant = await freshTenant()
    await complete(tenant, 'Hi')
    await UsageCounter.updateOne({ clerkId: tenant.clerkId, period: { $ne: 'total' } }, { chatMessages: 99 })
    const asked = Array.from({ length: 8 }, (_, at) =>
      complete(tenant, { messages: [user], stream: at % 2 === 0 }),
    )
    const statuses = (await Promise.all(asked)).map(({ status }) => status).sort()
    expect(statuses).toEqual([200, 429, 429, 429, 429, 429, 429, 429])
  })
})
