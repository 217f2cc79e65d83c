import { MongoNetworkError } from 'mongodb'
import { describe, expect, it } from 'vitest'
import {
  AppError,
  InvalidInput,
  LimitReached,
  NotConfigured,
  NotFound,
  QuotaExceeded,
  Unauthenticated,
} from '../../../lib/errors.ts'
import { PROBLEM_CODES, PROBLEMS } from '../../../lib/http/problems.ts'
import { type Answer, expectProblem, origin } from '../../helpers/call.ts'
import { ask, openRoute } from './ask.ts'

const problemOf = (error: unknown): Promise<Answer> =>
  ask(
    openRoute(() => Promise.reject(error)),
    '/api/probe',
  )

describe('a problem', () => {
  it.each(PROBLEM_CODES)('has the members of RFC 9457 and its own link: %s', async code => {
    const answer = await problemOf(new AppError(code, 'What happened.'))
    expectProblem(answer, PROBLEMS[code].status, code)
    expect(answer.body).toEqual({
      type: `${origin}/docs/problems#${code}`,
      title: PROBLEMS[code].title,
      status: PROBLEMS[code].status,
      detail: 'What happened.',
      code,
      requestId: answer.headers.get('x-request-id'),
    })
  })

  it('titles every code and describes it for the docs page', () => {
    for (const code of PROBLEM_CODES) {
      expect(PROBLEMS[code].title).toMatch(/^\S.{3,40}$/)
      expect(PROBLEMS[code].description).toMatch(/\.$/)
      expect(PROBLEMS[code].status).toBeGreaterThanOrEqual(400)
    }
  })

  it('says where an object is missing, without inventing one', async () => {
    expect((await problemOf(new NotFound('file', 'f1'))).body.detail).toBe('There is no file with the id f1.')
    expect((await problemOf(new NotFound('file'))).body.detail).toBe('There is no such file.')
  })

  it('lists the faults of an input', async () => {
    const errors = [
      { path: 'name', message: 'Required' },
      { path: '', message: 'No body' },
    ]
    const answer = await problemOf(new InvalidInput(errors))
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors).toEqual(errors)
    expect(answer.body.detail).toBe('name: Required; No body')
  })

  it('asks for a credential', async () => {
    const answer = await problemOf(new Unauthenticated())
    expectProblem(answer, 401, 'unauthenticated')
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
  })

  it('tells what is left of a limit', async () => {
    const extras = { limit: 2, used: 2, upgradeUrl: 'https://example.com/up' }
    const answer = await problemOf(new LimitReached('API keys', extras))
    expectProblem(answer, 403, 'limit_reached')
    expect(answer.body).toMatchObject({ ...extras, resetsAt: null })
    expect(answer.headers.has('retry-after')).toBe(false)
  })

  it('tells when a quota begins anew, also to machines', async () => {
    const resetsAt = new Date(Date.now() + 90_500)
    const answer = await problemOf(
      new QuotaExceeded('chat messages', { limit: 5, used: 5, resetsAt, upgradeUrl: 'https://example.com' }),
    )
    expectProblem(answer, 429, 'quota_exceeded')
    expect(answer.body.resetsAt).toBe(resetsAt.toISOString())
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(90)
    expect(answer.body).not.toHaveProperty('retryAfterSeconds')
  })

  it('tells the size whose range was missed', async () => {
    const answer = await problemOf(new AppError('range_not_satisfiable', 'Beyond.', { size: 10 }))
    expect(answer.headers.get('content-range')).toBe('bytes */10')
    expect(answer.body).not.toHaveProperty('size')
  })

  it('names the settings that are missing, not their values', async () => {
    const answer = await problemOf(new NotConfigured(['POLAR_ACCESS_TOKEN']))
    expectProblem(answer, 503, 'not_configured')
    expect(answer.body.detail).toBe('This deployment lacks the setting POLAR_ACCESS_TOKEN.')
  })

  it('is `unavailable` for a database that cannot be reached, without telling where it is', async () => {
    const answer = await problemOf(new MongoNetworkError('connect ECONNREFUSED 10.0.0.7:27017'))
    expectProblem(answer, 503, 'unavailable')
    expect(answer.headers.get('retry-after')).toBe('2')
    expect(JSON.stringify(answer.body)).not.toMatch(/10\.0\.0\.7|ECONN/)
  })
})

describe('an error nobody expected', () => {
  const odd = [
    new Error('secret sk-live-1'),
    new TypeError('secret'),
    Object.assign(new Error('secret'), { code: 'not_found', status: 404, extras: { errors: [] } }),
    { code: 'forbidden', message: 'secret' },
    'secret',
    null,
    undefined,
  ]
  it.each(odd)('is a bare 500 that tells nothing but its request id: %s', async error => {
    const answer = await problemOf(error)
    expectProblem(answer, 500, 'internal')
    expect(Object.keys(answer.body).sort()).toEqual([
      'code',
      'detail',
      'requestId',
      'status',
      'title',
      'type',
    ])
    expect(JSON.stringify(answer.body)).not.toMatch(/secret|stack|\.ts/)
  })
})
