import { describe, expect, it } from 'vitest'
import { call, expectProblem, expectStatus, origin } from '../../helpers/call.ts'
import { ask, openRoute } from './ask.ts'

const foreign = ['https://evil.example', `${origin}.evil.example`, 'http://127.0.0.1:3001', 'null', '']
const granted = (headers: Headers) => [...headers.keys()].filter(name => name.startsWith('access-control-'))

describe('a preflight', () => {
  const preflight = (path: string, from: string, headers = {}) =>
    call('OPTIONS', path, {
      headers: { Origin: from, 'Access-Control-Request-Method': 'POST', ...headers },
    })

  it.each(['/api/health', '/api/app/api-keys', '/api/files/nonsense', '/api/webhooks/clerk', '/api/ai'])(
    'is answered before anybody is asked who they are: %s',
    async path => {
      const answer = await preflight(path, origin)
      expectStatus(answer, 204)
      expect(answer.body).toBe('')
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
      expect(answer.headers.get('access-control-allow-credentials')).toBe('true')
      expect(answer.headers.get('access-control-max-age')).toBe('86400')
    },
  )

  it('lists the methods of the route and the headers a page may send', async () => {
    const { headers } = await preflight('/api/app/api-keys', origin)
    expect(headers.get('access-control-allow-methods')).toBe('GET, POST, DELETE, HEAD, OPTIONS')
    const accepted = headers.get('access-control-allow-headers')?.split(', ')
    expect(accepted).toEqual(
      expect.arrayContaining([
        'Authorization',
        'Content-Type',
        'X-API-Key',
        'X-Request-Id',
        'Idempotency-Key',
      ]),
    )
  })

  it('accepts the headers that OpenAI’s client sends from a page, and no nonsense', async () => {
    const asked = async (names: string) => {
      const { headers } = await preflight('/api/v1/models', origin, {
        'Access-Control-Request-Headers': names,
      })
      return headers.get('access-control-allow-headers') ?? ''
    }
    expect(await asked('authorization,x-stainless-arch,x-stainless-os')).toContain('x-stainless-arch')
    expect(await asked('authorization, x-a: b')).not.toContain('x-a')
  })

  it('is answered even with a credential that is none', async () => {
    expectStatus(await preflight('/api/app/me', origin, { Authorization: 'Bearer nonsense' }), 204)
  })

  it.each(foreign)('grants nothing to the origin “%s”', async from => {
    const answer = await preflight('/api/app/api-keys', from)
    expectStatus(answer, 204)
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    expect(answer.headers.get('vary')).toBe('Origin')
  })
})

describe('an answer to a page of an allowed origin', () => {
  const failing = openRoute(() => Promise.reject(new Error('no')))
  const working = openRoute(async () => ({ done: true }))

  it.each([
    ['a good one', working, 200],
    ['a failed one', failing, 500],
  ])('may be read by it, with credentials: %s', async (_name, handler, status) => {
    const answer = await ask(handler, '/api/probe', { headers: { Origin: origin } })
    expectStatus(answer, status)
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
    expect(answer.headers.get('access-control-allow-credentials')).toBe('true')
    expect(answer.headers.get('vary')).toBe('Origin')
    const exposed = answer.headers.get('access-control-expose-headers')?.split(', ')
    expect(exposed).toEqual(
      expect.arrayContaining(['X-Request-Id', 'Server-Timing', 'RateLimit-Remaining', 'Retry-After', 'ETag']),
    )
  })

  it('may be read by it where a credential is missing, a method or an endpoint unknown', async () => {
    const headers = { Origin: origin }
    const unauthenticated = await call('GET', '/api/app/me', { headers })
    expectProblem(unauthenticated, 401, 'unauthenticated')
    const wrongMethod = await call('PUT', '/api/app/me', { headers })
    expectProblem(wrongMethod, 405, 'method_not_allowed')
    const unknown = await call('GET', '/api/nowhere', { headers })
    expectProblem(unknown, 404, 'not_found')
    for (const answer of [unauthenticated, wrongMethod, unknown])
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin)
  })
})

describe('an answer to any other page', () => {
  it.each(foreign)('grants nothing to the origin “%s”, good or failed', async from => {
    for (const path of ['/api/health', '/api/app/me', '/api/nowhere']) {
      const { headers } = await call('GET', path, { headers: { Origin: from } })
      expect(granted(headers), path).toEqual([])
      expect(headers.get('vary')).toBe('Origin')
    }
  })

  it('grants nothing to a client that is no page, and still varies by origin', async () => {
    const { headers } = await call('GET', '/api/health')
    expect(granted(headers)).toEqual([])
    expect(headers.get('vary')).toBe('Origin')
  })
})
