import { describe, expect, it } from 'vitest'
import { call, expectProblem, expectStatus, origin } from '../helpers/call.ts'

describe('a path that no route answers', () => {
  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('is a problem like any other for %s', async method => {
    const answer = await call(method, '/api/nowhere', { headers: { 'X-Request-Id': 'abc' } })
    expectProblem(answer, 404, 'not_found')
    expect(answer.body.detail).toBe('There is no such endpoint.')
    expect(answer.headers.get('x-request-id')).toBe('abc')
    expect(answer.headers.get('server-timing')).toMatch(/^total;dur=/)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  })

  it.each(['/api/', '/api/files/a/b/c', '/api/app', '/api/not-found', '/api/health/'])(
    'is not confused by %s',
    async path => {
      expectProblem(await call('GET', path), 404, 'not_found')
    },
  )

  it('answers a preflight, so that a page learns of the 404', async () => {
    const answer = await call('OPTIONS', '/api/nowhere', { headers: { Origin: origin } })
    expectStatus(answer, 204)
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect(answer.headers.get('access-control-allow-methods')).toContain('PATCH')
  })

  it('neither reads a body nor asks who is calling', async () => {
    const answer = await call('POST', '/api/nowhere', {
      headers: { Authorization: 'Bearer nonsense', 'Content-Type': 'text/plain' },
      body: '{',
    })
    expectProblem(answer, 404, 'not_found')
  })
})
