import { describe, expect, it } from 'vitest'
import { call, expectProblem, expectStatus, origin } from '../helpers/call.ts'
import { commandsOf } from '../helpers/commands.ts'

describe('GET /api/health', () => {
  it('tells the version and the database latency to anybody', async () => {
    const answer = await call('GET', '/api/health')
    expectStatus(answer, 200)
    expect(answer.body).toEqual({
      status: 'ok',
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      database: { status: 'ok', latencyMs: expect.any(Number) },
    })
  })

  it('answers whatever credential comes along, and reads no data', async () => {
    const headers = { Authorization: 'Bearer nonsense', 'X-API-Key': 'nonsense', Cookie: '__session=x' }
    const commands = await commandsOf(async () =>
      expectStatus(await call('GET', '/api/health', { headers }), 200),
    )
    expect(commands).toEqual([])
  })

  it('is not counted: probes may come as often as they like', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => call('GET', '/api/health')))
    for (const answer of answers) {
      expectStatus(answer, 200)
      expect(answer.headers.has('ratelimit-limit')).toBe(false)
    }
  })

  it('is never cached, and readable by pages of ours', async () => {
    const { headers } = await call('GET', '/api/health', { headers: { Origin: origin } })
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('access-control-allow-origin')).toBe(origin)
  })

  it('refuses other methods with Allow', async () => {
    const answer = await call('POST', '/api/health')
    expectProblem(answer, 405, 'method_not_allowed')
    expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
  })
})
