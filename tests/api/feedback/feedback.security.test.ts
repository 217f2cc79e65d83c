import { describe, expect, it } from 'vitest'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'

const post = (ip: string, headers = {}) =>
  call('POST', '/api/feedback', { json: { formType: 'demo', rating: 3 }, headers, ip })

describe('a visitor', () => {
  it('may say thirty things a minute', async () => {
    for (let sent = 1; sent <= 30; sent += 1) {
      const { status, headers } = await post('192.0.2.1')
      expect([status, headers.get('ratelimit-remaining')]).toEqual([201, String(30 - sent)])
    }
    const refused = await post('192.0.2.1')
    expectProblem(refused, 429, 'rate_limited')
    expect(refused.headers.get('ratelimit-limit')).toBe('30')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expectStatus(await post('192.0.2.2'), 201)
    const json = { formType: 'contact', name: 'Ann', email: 'ann@example.com', message: 'Hello!' }
    expectStatus(await call('POST', '/api/forms', { json, ip: '192.0.2.1' }), 201)
  })
})

describe('a caller with a credential', () => {
  it('is not bound by what visitors may say', async () => {
    const ann = await freshTenant()
    for (let sent = 0; sent < 31; sent += 1) expectStatus(await post('192.0.2.3', ann.session), 201)
  })

  it('that is bad is refused, never taken for a visitor', async () => {
    for (const headers of [{ Authorization: 'Bearer a.b.c' }, { 'X-API-Key': 'tc_live_nonsense' }])
      expectProblem(await post('192.0.2.4', headers), 401, 'unauthenticated')
  })
})

describe('what people said', () => {
  it('is for admins only', async () => {
    const ann = await freshTenant()
    const { headers } = await (await freshTenant({ role: 'admin' })).newKey()
    expectProblem(await call('GET', '/api/admin/feedback'), 401, 'unauthenticated')
    expectProblem(await ann.call('GET', '/api/admin/feedback'), 403, 'forbidden')
    expectProblem(await call('GET', '/api/admin/feedback', { headers }), 403, 'forbidden')
  })
})
