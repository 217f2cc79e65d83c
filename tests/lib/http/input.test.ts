import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { id, instant, pageQuery } from '../../../lib/http/schemas.ts'
import { expectProblem } from '../../helpers/call.ts'
import { ask, echoRoute } from './ask.ts'

/** What a field of this schema is told about this value; undefined sends none. */
async function told(schema: z.ZodType, value: unknown) {
  const route = echoRoute(z.strictObject({ field: schema }))
  const answer = await ask(route, '/api/echo', { method: 'POST', json: { field: value } })
  expectProblem(answer, 400, 'invalid_input')
  const { detail, errors } = answer.body
  expect(detail).toBe(
    errors.map(({ path, message }: Record<string, string>) => `${path}: ${message}`).join('; '),
  )
  return errors
}

describe('a field that is wrong is told what it must be', () => {
  it.each([
    ['is required', z.string(), undefined],
    ['is required', z.enum(['a', 'b']), undefined],
    ['is required', z.union([z.string(), z.number()]), undefined],
    ['must be text', z.string(), 5],
    ['must be text', z.string(), null],
    ['must be a number', z.number(), 'five'],
    ['must be a whole number', z.number().int(), 1.5],
    ['must be true or false', z.boolean(), 'yes'],
    ['must be true or false', z.stringbool(), 'maybe'],
    ['must be a list', z.array(z.string()), {}],
    ['must be an object', z.object({}), []],
    ['must be an object', z.record(z.string(), z.string()), 'x'],
    ['must be one of: a, b', z.enum(['a', 'b']), 'c'],
    ['must be one of: 1, 2', z.literal([1, 2]), 3],
    ['must be chat', z.literal('chat'), 'call'],
    ['must have at least 1 character', z.string().min(1), ''],
    ['must have at most 2 characters', z.string().max(2), 'abc'],
    ['must have exactly 2 characters', z.string().length(2), 'abc'],
    ['must have at least 2 items', z.array(z.string()).min(2), ['a']],
    ['must have at most 1 item', z.array(z.string()).max(1), ['a', 'b']],
    ['must be at least 1', z.number().min(1), 0],
    ['must be at most 5', z.number().max(5), 6],
    ['must be more than 0', z.number().gt(0), 0],
    ['must be less than 5', z.number().lt(5), 5],
    ['must be a multiple of 3', z.number().multipleOf(3), 4],
    ['must be an e-mail address', z.email(), 'me'],
    ['must be a web address', z.url(), 'here'],
    ['must be a UUID', z.uuid(), 'x'],
    ['must be a date such as 2026-01-09', z.iso.date(), '09/01/2026'],
    ['must be in the right format', z.string().regex(/^a+$/), 'b'],
    ['must be 24 lower-case hex digits', id, 'x'],
    [
      'must be a date and time with its offset, such as 2026-01-09T12:00:00Z or a date such as 2026-01-09',
      instant,
      'yesterday',
    ],
    ['must be text or a number', z.union([z.string(), z.number()]), true],
    ['Send one of both', z.union([z.string(), z.number()], 'Send one of both'), true],
    ['is too odd', z.number().refine(value => value % 2 === 0, 'is too odd'), 3],
  ])('%s', async (message, schema, value) => {
    expect(await told(schema, value)).toEqual([{ path: 'field', message }])
  })
})

describe('a field that can have several forms', () => {
  const knowledge = z.union([
    z.boolean(),
    z.strictObject({ fileIds: z.array(id).optional(), topK: z.number().int().max(20).optional() }),
  ])

  it.each([
    ['yes', 'field', 'must be true or false or an object'],
    [{ topK: 50 }, 'field.topK', 'must be at most 20'],
    [{ fileIds: ['x'] }, 'field.fileIds.0', 'must be 24 lower-case hex digits'],
    [{ topk: 5 }, 'field.topk', 'Unknown field'],
  ])('is told about the form that was meant: %j', async (value, path, message) => {
    expect(await told(knowledge, value)).toEqual([{ path, message }])
  })

  it('is told all that is wrong with that form', async () => {
    expect(await told(knowledge, { topK: 'many', more: 1 })).toEqual([
      { path: 'field.topK', message: 'must be a number' },
      { path: 'field.more', message: 'Unknown field' },
    ])
  })

  it('is told of the form with the fewest faults where several are of its kind', async () => {
    const either = z.union([z.object({ a: z.string(), b: z.string() }), z.object({ c: z.string() })])
    expect(await told(either, { d: 1 })).toEqual([{ path: 'field.c', message: 'is required' }])
  })

  it('is looked into however deep it lies', async () => {
    const outer = z.array(z.union([z.null(), z.object({ inner: knowledge })]))
    expect(await told(outer, [null, { inner: { topK: 50 } }])).toEqual([
      { path: 'field.1.inner.topK', message: 'must be at most 20' },
    ])
  })

  it.each([
    [{ kind: 'c' }, 'must be one of: a, b'],
    [{}, 'is required'],
  ])('is told what tells them apart: %j', async (value, message) => {
    const options = [z.object({ kind: z.literal('a') }), z.object({ kind: z.literal('b') })] as const
    const schema = z.discriminatedUnion('kind', options)
    expect(await told(schema, value)).toEqual([{ path: 'field.kind', message }])
  })
})

describe('a body', () => {
  it.each([[[]], ['text'], [5], [null]])('that is no object is told so: %j', async json => {
    const answer = await ask(echoRoute(z.strictObject({})), '/api/echo', { method: 'POST', json })
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors).toEqual([{ path: '', message: 'The body must be an object' }])
    expect(answer.body.detail).toBe('The body must be an object')
  })
})

it('a field of a huge name is told of by its beginning', async () => {
  const json = { ['👪'.repeat(200_000)]: 1, short: 1 }
  const answer = await ask(echoRoute(z.strictObject({})), '/api/echo', { method: 'POST', json })
  expectProblem(answer, 400, 'invalid_input')
  const [huge, short] = answer.body.errors
  expect(huge).toEqual({ path: `${'👪'.repeat(100)}…`, message: 'Unknown field' })
  expect(short).toEqual({ path: 'short', message: 'Unknown field' })
  expect(answer.body.detail.length).toBeLessThan(1_000)
})

it('a query is told in the same words', async () => {
  const route = echoRoute(z.strictObject({}), { query: pageQuery })
  const answer = await ask(route, '/api/echo?limit=ten', { method: 'POST' })
  expect(answer.body.errors).toEqual([{ path: 'limit', message: 'must be a number' }])
})
