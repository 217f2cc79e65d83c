import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { id, instant, pageQuery } from '../../../lib/http/schemas.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { ask, echoRoute } from './ask.ts'

const mine = '507f1f77bcf86cd799439011'
const other = '507f1f77bcf86cd799439012'
const nothing = z.strictObject({})
const post = { method: 'POST' }

describe('a path parameter', () => {
  const byId = echoRoute(nothing, { path: '/api/things/{id}/parts', params: z.object({ id }) })

  it.each([
    ['the platform repeats it', `/api/things/${mine}/parts?id=${mine}`],
    ['the query contradicts it', `/api/things/${mine}/parts?id=${other}`],
    ['the query contradicts it twice', `/api/things/${mine}/parts?id=${other}&id=${other}`],
    ['it is encoded', `/api/things/%35${mine.slice(1)}/parts`],
  ])('is taken from the path though %s', async (_name, path) => {
    const answer = await ask(byId, path, post)
    expectStatus(answer, 200)
    expect(answer.body.params).toEqual({ id: mine })
  })

  it.each([
    'nonsense',
    mine.toUpperCase(),
    mine.slice(1),
    `${mine}0`,
    '%00',
    '%zz',
    '%E0%A4%A',
    `${mine}%2F..`,
    `${mine}%0A`,
    '[id]',
    `${mine}&action=retry`,
    `${mine};x`,
    '$ne',
  ])('that is malformed is an object that is not there: %s', async segment => {
    expectProblem(await ask(byId, `/api/things/${segment}/parts?id=${mine}`, post), 404, 'not_found')
  })
})

describe('a text parameter', () => {
  const byName = echoRoute(nothing, { path: '/api/tags/{name}', params: z.object({ name: z.string() }) })

  it('is decoded once', async () => {
    expect((await ask(byName, '/api/tags/a%20b%2Fc', post)).body.params).toEqual({ name: 'a b/c' })
    expect((await ask(byName, '/api/tags/%2541', post)).body.params).toEqual({ name: '%41' })
  })
})

describe('a query', () => {
  const listed = echoRoute(nothing, { query: pageQuery.extend({ from: instant.optional() }) })
  const query = async (text: string) => ask(listed, `/api/echo${text}`, post)

  it('has a page of twenty unless it says otherwise', async () => {
    expect((await query('')).body.query).toEqual({ limit: 20 })
    expect((await query('?limit=1')).body.query).toEqual({ limit: 1 })
    expect((await query('?limit=100&cursor=abc')).body.query).toEqual({ limit: 100, cursor: 'abc' })
  })

  it.each(['0', '101', '-1', '1.5', 'ten', '', '1e9', 'NaN', 'Infinity'])(
    'has no page of “%s”',
    async limit => {
      const answer = await query(`?limit=${limit}`)
      expectProblem(answer, 400, 'invalid_input')
      expect(answer.body.errors).toEqual([{ path: 'limit', message: expect.any(String) }])
    },
  )

  it('has no endless cursor', async () => {
    expectProblem(await query(`?cursor=${'a'.repeat(201)}`), 400, 'invalid_input')
  })

  it('ignores what it does not know: the platform adds parameters of its own', async () => {
    expectStatus(await query('?id=1&path=x&__proto__=y'), 200)
  })

  it.each(['2026-01-09', '2026-01-09T12:00:00Z', '2026-01-09T13:00:00%2B01:00'])(
    'understands a moment: %s',
    async from => {
      expect((await query(`?from=${from}`)).body.query.from).toMatch(/^2026-01-09T(00|12):00:00\.000Z$/)
    },
  )

  it.each(['yesterday', '2026-02-30', '2026-01-09T12:00:00', '09/01/2026', '1767960000'])(
    'refuses a moment that is none: %s',
    async from => {
      expectProblem(await query(`?from=${from}`), 400, 'invalid_input')
    },
  )
})
