import { describe, expect, it } from 'vitest'
import { call, expectProblem } from '../helpers/call.ts'

describe('a path that no route answers', () => {
  it.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])(
    'is a problem like any other for %s',
    async method => {
      const answer = await call(method, '/api/nowhere', { headers: { 'X-Request-Id': 'abc' } })
      expectProblem(answer, 404, 'not_found')
      expect(answer.body.detail).toBe('There is no such endpoint.')
      expect(answer.headers.get('x-request-id')).toBe('abc')
      expect(answer.headers.get('server-timing')).toMatch(/^total;dur=/)
      expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    },
  )

  it.each(['/api/', '/api/files/a/b/c', '/api/app', '/api/not-found', '/api/health/'])(
    'is not confused by %s',
    async path => {
      expectProblem(await call('GET', path), 404, 'not_found')
    },
  )

  it('neither reads a body nor asks who is calling', async () => {
    const answer = await call('POST', '/api/nowhere', {
      headers: { Authorization: 'Bearer nonsense', 'Content-Type': 'text/plain' },
      body: '{',
    })
    expectProblem(answer, 404, 'not_found')
  })
})
