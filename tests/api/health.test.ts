import { describe, expect, it } from 'vitest'
import { call, expectProblem, expectStatus } from '../helpers/call.ts'

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

  it('refuses other methods with Allow', async () => {
    const answer = await call('POST', '/api/health')
    expectProblem(answer, 405, 'method_not_allowed')
    expect(answer.headers.get('allow')).toBe('GET, HEAD, OPTIONS')
  })
})
