import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { UsageLog } from '../../../models/usage-log.ts'
import { User } from '../../../models/user.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { deliverPolar, freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'

/** The rows of a tenant, oldest first, once all background work is done. */
async function rowsOf({ clerkId }: Tenant) {
  await background.drain()
  return UsageLog.find({ clerkId }).sort({ createdAt: 1 }).lean()
}

describe('the usage log', () => {
  it('has one row per request, telling all about it', async () => {
    const tenant = await freshTenant()
    const begun = new Date()
    const headers = { 'User-Agent': 'curl/8', 'X-Request-Id': 'req-1' }
    expectStatus(await tenant.call('GET', '/api/app/me', { headers, ip: '192.0.2.7' }), 200)
    const rows = await rowsOf(tenant)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({
      clerkId: tenant.clerkId,
      endpoint: '/api/app/me',
      method: 'GET',
      status: 200,
      userAgent: 'curl/8',
      ip: '192.0.2.7',
      metadata: { requestId: 'req-1' },
    })
    expect(rows[0]?.responseTimeMs).toSatisfy(Number.isInteger)
    expect(rows[0]?.responseTimeMs).toBeGreaterThanOrEqual(0)
    expect(rows[0]?.createdAt.getTime()).toBeGreaterThanOrEqual(begun.getTime())
    expect(rows[0]?.createdAt.getTime()).toBeLessThanOrEqual(Date.now())
    expect(rows[0]?.metadata).not.toHaveProperty('keyId')
  })

  it('names the key that was used', async () => {
    const tenant = await freshTenant()
    const { id, headers } = await tenant.newKey()
    await call('GET', '/api/app/me', { headers })
    const rows = await rowsOf(tenant)
    expect(rows.map(({ method, endpoint, status }) => `${method} ${endpoint} ${status}`)).toEqual([
      'POST /api/app/api-keys 201',
      'GET /api/app/me 200',
    ])
    expect(rows[1]?.metadata).toEqual({ requestId: expect.any(String), keyId: id })
  })

  it('keeps model, tokens and cost of a chat', async () => {
    const tenant = await freshTenant()
    const answer = await tenant.call('POST', '/api/ai?provider=openai&action=chat', {
      json: { message: 'Hi' },
    })
    expectStatus(answer, 200)
    const { promptTokens, completionTokens, totalTokens } = answer.body.usage
    const [row] = await rowsOf(tenant)
    expect(row).toMatchObject({
      endpoint: '/api/ai?provider=openai&action=chat',
      method: 'POST',
      status: 200,
    })
    expect(row?.metadata).toEqual({
      requestId: answer.headers.get('x-request-id'),
      action: 'chat',
      provider: 'openai',
      model: answer.body.model,
      promptTokens,
      completionTokens,
      tokens_used: totalTokens,
      costUsd: expect.any(Number),
    })
    expect(totalTokens).toBeGreaterThan(0)
  })

  it('gives one endpoint one name, whatever its ids, defaults and stray parameters', async () => {
    const tenant = await freshTenant()
    const json = { message: 'Hi' }
    await tenant.call('POST', '/api/ai?action=chat&utm=1', { json })
    await tenant.call('GET', '/api/files/507f1f77bcf86cd799439011?x=1')
    await tenant.call('POST', '/api/app/api-keys?action=restore&keyId=507f1f77bcf86cd799439011')
    expect((await rowsOf(tenant)).map(({ endpoint, status }) => [endpoint, status])).toEqual([
      ['/api/ai?provider=openai&action=chat', 200],
      ['/api/files/{id}', 404],
      ['/api/app/api-keys?action=restore', 404],
    ])
  })

  it('has refused and failed requests too', async () => {
    const tenant = await freshTenant()
    await User.updateOne({ clerkId: tenant.clerkId }, { $set: { limits: { requestsPerMinute: 2 } } })
    services.openai.failNext(500, 3)
    const failed = await tenant.call('POST', '/api/ai?provider=openai&action=chat', {
      json: { message: 'Hi' },
    })
    expectProblem(failed, 502, 'provider_error')
    expectProblem(await tenant.call('POST', '/api/app/api-keys', { json: { name: 7 } }), 400, 'invalid_input')
    expectProblem(await tenant.call('GET', '/api/app/me'), 429, 'rate_limited')
    expect((await rowsOf(tenant)).map(({ status }) => status)).toEqual([502, 400, 429])
  })

  it('names the endpoint of a request refused before its input was read', async () => {
    const tenant = await freshTenant()
    const path = '/api/ai?provider=openai&action=chat'
    expectProblem(await tenant.call('POST', path, { json: { nonsense: 1 } }), 400, 'invalid_input')
    await User.updateOne({ clerkId: tenant.clerkId }, { $set: { limits: { requestsPerMinute: 1 } } })
    expectStatus(await tenant.call('GET', '/api/app/me'), 200)
    expectProblem(await tenant.call('POST', path, { json: { message: 'Hi' } }), 429, 'rate_limited')
    const rows = (await rowsOf(tenant)).filter(({ method }) => method === 'POST')
    expect(rows.map(({ endpoint, status }) => [endpoint, status])).toEqual([
      [path, 400],
      [path, 429],
    ])
  })

  it('has the request of a key that may not make it', async () => {
    const tenant = await freshTenant()
    const key = await tenant.newKey()
    expectProblem(await call('GET', '/api/app/api-keys', { headers: key.headers }), 403, 'forbidden')
    const row = (await rowsOf(tenant)).find(({ status }) => status === 403)
    expect(row).toMatchObject({ endpoint: '/api/app/api-keys', metadata: { keyId: key.id } })
  })

  it('has none of visitors, webhooks, health or a bad credential', async () => {
    const ip = `192.0.2.${randomUUID()}`
    await call('POST', '/api/ai?provider=openai&action=chat', { json: { message: 'Hi' }, ip })
    await call('GET', '/api/health', { ip })
    await call('GET', '/api/app/me', { ip, headers: { Authorization: 'Bearer nonsense' } })
    await deliverPolar('order.paid', {})
    const commands = await commandsOf(() => background.drain())
    expect(commands.filter(command => command.includes('usagelogs'))).toEqual([])
  })

  it('cuts a user agent that is endless', async () => {
    const tenant = await freshTenant()
    await tenant.call('GET', '/api/app/me', { headers: { 'User-Agent': 'x'.repeat(5_000) } })
    expect((await rowsOf(tenant))[0]?.userAgent).toHaveLength(500)
  })

  it('shows a request within five seconds', async () => {
    const tenant = await freshTenant()
    await tenant.call('GET', '/api/app/me')
    const answered = performance.now()
    expect(await rowsOf(tenant)).toHaveLength(1)
    expect(performance.now() - answered).toBeLessThan(5_000)
  })
})
