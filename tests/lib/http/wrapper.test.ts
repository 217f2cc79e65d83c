import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { contract } from '../../../lib/http/contract.ts'
import { ok, route } from '../../../lib/route.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { ask, openRoute } from './ask.ts'

const done = async () => ({ done: true })
const fails = openRoute(async () => {
  throw new Error('db password is hunter2')
})

describe('the request id', () => {
  it.each(['abc', 'a.b:c_d-1', '0af7651916cd43dd8448eb211c80319c', 'x'.repeat(128)])(
    'is the caller’s when it is sane: %s',
    async offered => {
      const answer = await ask(openRoute(done), '/api/probe', { headers: { 'X-Request-Id': offered } })
      expect(answer.headers.get('x-request-id')).toBe(offered)
    },
  )

  it.each(['', 'x'.repeat(129), 'with space', '<script>', 'é', 'a,b', '"q"', 'a/b'])(
    'is one of ours when the caller’s is not: %s',
    async offered => {
      const answer = await ask(openRoute(done), '/api/probe', { headers: { 'X-Request-Id': offered } })
      expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
    },
  )

  it('differs from request to request and stands in the problem too', async () => {
    const [one, two] = await Promise.all([ask(fails, '/api/probe'), ask(fails, '/api/probe')])
    expect(one.body.requestId).toBe(one.headers.get('x-request-id'))
    expect(one.body.requestId).not.toBe(two.body.requestId)
  })
})

describe('every answer', () => {
  it.each([
    ['a good one', openRoute(done), 200],
    ['a failed one', fails, 500],
  ])('carries timing and the headers that keep browsers in check: %s', async (_name, handler, status) => {
    const answer = await ask(handler, '/api/probe')
    expectStatus(answer, status)
    expect(answer.headers.get('server-timing')).toMatch(
      /^auth;dur=[\d.]+, input;dur=[\d.]+, handler;dur=[\d.]+, total;dur=[\d.]+$/,
    )
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'")
  })

  it('times the database connection where one is needed', async () => {
    const answer = await ask(openRoute(done, { database: undefined } as object), '/api/probe')
    expect(answer.headers.get('server-timing')).toMatch(/^connect;dur=/)
  })

  it('keeps the headers of the reply, and what it varies by', async () => {
    const operation = contract({
      id: 'probe',
      method: 'GET',
      path: '/api/probe',
      tag: 'Test',
      summary: 'For tests',
      callers: [],
      database: false,
      responses: { 200: z.object({}) },
    })
    const headers = { 'Cache-Control': 'max-age=5', Vary: 'Accept', 'X-Extra': 'yes' }
    const answer = await ask(
      route(operation, async () => ok({}, headers)),
      '/api/probe',
    )
    expect(answer.headers.get('cache-control')).toBe('max-age=5')
    expect(answer.headers.get('x-extra')).toBe('yes')
    expect(answer.headers.get('vary')).toBe('Accept, Origin')
  })
})

describe('an answer against its contract', () => {
  it('loses the fields that the schema does not name', async () => {
    const answer = await ask(
      openRoute(async () => ({ done: true, passwordHash: 'secret' })),
      '/api/probe',
    )
    expectStatus(answer, 200)
    expect(answer.body).toEqual({ done: true })
  })

  it('writes moments as ISO 8601 in UTC', async () => {
    const moment = new Date('2026-01-09T13:00:00+01:00')
    const answer = await ask(
      openRoute(async () => ({ at: moment }), { responses: { 200: z.object({ at: z.date() }) } }),
      '/api/probe',
    )
    expect(answer.body).toEqual({ at: '2026-01-09T12:00:00.000Z' })
  })

  it.each([
    ['a wrong value', { done: 'hunter2' }],
    ['a missing field', {}],
    ['nothing', undefined],
  ])('is our 500, never the client’s 400: %s', async (_name, reply) => {
    const answer = await ask(
      openRoute(async () => reply),
      '/api/probe',
    )
    expectProblem(answer, 500, 'internal')
    expect(JSON.stringify(answer.body)).not.toMatch(/hunter2|contract|done/)
  })

  it('is a 500 for a status that the contract does not list', async () => {
    const answer = await ask(openRoute(done, { responses: { 201: z.object({}) } }), '/api/probe')
    expectProblem(answer, 500, 'internal')
  })
})

describe('settings an operation needs', () => {
  const needy = openRoute(done, { needs: ['CLERK_ISSUER', 'UPGRADE_URL', 'VERCEL_GIT_COMMIT_SHA'] })

  it('are named, all missing ones at once, before any work', async () => {
    const answer = await ask(needy, '/api/probe')
    expectProblem(answer, 503, 'not_configured')
    expect(answer.body.detail).toBe('This deployment lacks the settings UPGRADE_URL, VERCEL_GIT_COMMIT_SHA.')
    expect(answer.headers.get('server-timing')).not.toMatch(/handler/)
  })
})
