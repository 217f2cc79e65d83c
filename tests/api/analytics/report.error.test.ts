import { describe, expect, it } from 'vitest'
import { connect } from '../../../lib/db/connect.ts'
import { AnalyticsEvent } from '../../../models/analytics-event.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { freshVisitor, storedEvents } from './events.ts'

const path = '/api/analytics'
const times = (count: number, event: unknown) => Array.from({ length: count }, () => event)

describe('POST /api/analytics refuses', () => {
  it.each([
    ['no event', {}, ['event']],
    ['an empty name', { event: ' ' }, ['event']],
    ['a name that is no text', { event: 1 }, ['event']],
    ['a name of 101 characters', { event: 'x'.repeat(101) }, ['event']],
    ['an unknown field', { event: 'a', clerkId: 'other' }, ['clerkId']],
    ['a list without events', { events: [] }, ['events']],
    ['a list that is none', { events: { event: 'a' } }, ['events']],
    ['101 events', { events: times(101, { event: 'a' }) }, ['events']],
    ['both forms at once', { event: 'a', events: [{ event: 'a' }] }, ['event']],
    [
      'one bad event in a batch',
      { events: [...times(99, { event: 'a' }), { event: '' }] },
      ['events.99.event'],
    ],
    [
      'several bad events, each by its place',
      { events: [{ event: 'a' }, 7, { event: 'a', at: 1 }, { metadata: {} }] },
      ['events.1', 'events.2.at', 'events.3.event'],
    ],
    ['half a million bad events, without telling of each', { events: times(500_000, 0) }, expect.anything()],
  ])('%s', async (_what, json, paths) => {
    const tenant = await freshTenant()
    const answer = await tenant.call('POST', path, { json })
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors.map((fault: { path: string }) => fault.path)).toEqual(paths)
    expect(answer.body.errors.length).toBeLessThanOrEqual(100)
    expect(await storedEvents(tenant)).toEqual([])
  })

  it.each([
    ['text', '"x"'],
    ['null', 'null'],
    ['a list', '[{"event":"a"}]'],
  ])('a body that is %s', async (_, body) => {
    const headers = { 'Content-Type': 'application/json' }
    const answer = await (await freshTenant()).call('POST', path, { body, headers })
    expectProblem(answer, 400, 'invalid_input')
  })

  it('a visitor’s bad event too', async () => {
    expectProblem(await freshVisitor()({ event: '' }), 400, 'invalid_input')
  })
})

describe('a batch of which the database takes all but one', () => {
  it('is not stored at all', async () => {
    const tenant = await freshTenant()
    const { db } = await connect()
    await db?.command({ collMod: 'analyticevents', validator: { event: { $ne: 'refused' } } })
    const events = [{ event: 'first' }, { event: 'refused' }, { event: 'last' }]
    const answer = await tenant.call('POST', path, { json: { events } })
    await db?.command({ collMod: 'analyticevents', validator: {} })
    expectProblem(answer, 500, 'internal')
    expect(await storedEvents(tenant)).toEqual([])
  })
})

describe('the credentials', () => {
  it.each(['GET', 'POST'])('must be right if there are any: %s', async method => {
    const headers = { Authorization: 'Bearer tc_live_nonsense' }
    const json = method === 'POST' ? { event: 'a' } : undefined
    expectProblem(await call(method, path, { headers, json }), 401, 'unauthenticated')
  })

  it('must be there to read a series', async () => {
    expectProblem(await call('GET', path), 401, 'unauthenticated')
  })
})

describe('one address', () => {
  it('may report thirty times a minute as a visitor, crawler or not', async () => {
    const report = freshVisitor()
    const headers = { 'User-Agent': 'Googlebot/2.1' }
    const event = `limited-${crypto.randomUUID()}`
    for (let count = 0; count < 15; count++) {
      expectStatus(await report({ event }), 202)
      expectStatus(await report({ event }, { headers }), 202)
    }
    const refused = await report({ event })
    expectProblem(refused, 429, 'rate_limited')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await AnalyticsEvent.countDocuments({ clerkId: null, event })).toBe(15)
    expectStatus(await freshVisitor()({ event }), 202)
  })
})
