import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { AnalyticsEvent } from '../../../models/analytics-event.ts'
import { call, expectStatus } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { freshVisitor, series, storedEvents, visitorEvents } from './events.ts'

const path = '/api/analytics'

describe('POST /api/analytics', () => {
  it('stores one event with its metadata for the tenant', async () => {
    const tenant = await freshTenant()
    const begun = Date.now()
    const json = { event: ' signed_up ', metadata: { plan: 'pro', steps: [1, 2.5, null, true] } }
    const answer = await tenant.call('POST', path, { json })
    expectStatus(answer, 202)
    expect(answer.body).toEqual({ accepted: 1 })
    const [stored, ...others] = await storedEvents(tenant)
    expect(others).toEqual([])
    expect(stored).toMatchObject({ clerkId: tenant.clerkId, event: 'signed_up', metadata: json.metadata })
    expect(stored?.createdAt.getTime()).toBeGreaterThanOrEqual(begun)
    expect(stored?.createdAt.getTime()).toBeLessThanOrEqual(Date.now())
    expect(stored?.updatedAt).toEqual(stored?.createdAt)
  })

  it('stores no metadata as an empty object', async () => {
    const tenant = await freshTenant()
    expectStatus(await tenant.call('POST', path, { json: { event: 'a' } }), 202)
    expect(await storedEvents(tenant)).toMatchObject([{ metadata: {} }])
  })

  it('stores a hundred at once', async () => {
    const tenant = await freshTenant()
    const events = Array.from({ length: 100 }, (_, index) => ({ event: `e${index}`, metadata: { index } }))
    const answer = await tenant.call('POST', path, { json: { events } })
    expectStatus(answer, 202)
    expect(answer.body).toEqual({ accepted: 100 })
    const stored = await storedEvents(tenant)
    const byIndex = stored.toSorted((a, b) => a.metadata.index - b.metadata.index)
    expect(byIndex.map(({ event, metadata }) => ({ event, metadata }))).toEqual(events)
  })

  it('counts the same event as often as it is in a batch', async () => {
    const tenant = await freshTenant()
    await tenant.call('POST', path, { json: { events: [{ event: 'a' }, { event: 'a' }, { event: 'b' }] } })
    expect((await series(tenant)).body.topEvents).toEqual([
      { event: 'a', count: 2 },
      { event: 'b', count: 1 },
    ])
  })

  it('counts what a key reports for its tenant, and tells a key the series', async () => {
    const tenant = await freshTenant()
    const { headers } = await tenant.newKey()
    expectStatus(await call('POST', path, { headers, json: { event: 'from_server' } }), 202)
    expect(await storedEvents(tenant)).toMatchObject([{ event: 'from_server' }])
    const answer = await call('GET', path, { headers })
    expectStatus(answer, 200)
    expect(answer.body).toMatchObject({ total: 1, topEvents: [{ event: 'from_server', count: 1 }] })
  })

  it('stores what a visitor reports for nobody', async () => {
    const event = randomUUID()
    const answer = await freshVisitor()({ events: [{ event }, { event }] })
    expectStatus(answer, 202)
    expect(answer.body).toEqual({ accepted: 2 })
    expect(await AnalyticsEvent.find({ clerkId: null, event }).lean()).toMatchObject([
      { clerkId: null },
      { clerkId: null },
    ])
  })
})

const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)'
const HEADLESS =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36'
const FIREFOX = 'Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0'
const IPHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1'

describe('a crawler', () => {
  it.each([GOOGLEBOT, HEADLESS, 'curl/8.5.0', 'bingbot'])(
    'without credentials leaves nothing: %s',
    async agent => {
      const event = randomUUID()
      const answer = await freshVisitor()(
        { events: [{ event }, { event }] },
        { headers: { 'User-Agent': agent } },
      )
      expectStatus(answer, 202)
      expect(answer.body).toEqual({ accepted: 0 })
      expect(await visitorEvents(event)).toBe(0)
    },
  )

  it.each([FIREFOX, IPHONE, ''])('is not who comes as “%s”', async agent => {
    const event = randomUUID()
    const answer = await freshVisitor()({ event }, agent ? { headers: { 'User-Agent': agent } } : {})
    expectStatus(answer, 202)
    expect(answer.body).toEqual({ accepted: 1 })
    expect(await visitorEvents(event)).toBe(1)
  })

  it('with credentials counts: servers call themselves what they like', async () => {
    const tenant = await freshTenant()
    const key = await tenant.newKey()
    for (const credentials of [tenant.session, key.headers]) {
      const headers = { ...credentials, 'User-Agent': GOOGLEBOT }
      const answer = await call('POST', path, { headers, json: { event: 'a' } })
      expectStatus(answer, 202)
      expect(answer.body).toEqual({ accepted: 1 })
    }
    expect(await storedEvents(tenant)).toHaveLength(2)
  })
})

describe('a report with an Idempotency-Key', () => {
  it('is stored once however often it is sent', async () => {
    const tenant = await freshTenant()
    const headers = { 'Idempotency-Key': randomUUID() }
    const json = { events: [{ event: 'a', metadata: { n: 1 } }, { event: 'b' }] }
    const first = await tenant.call('POST', path, { headers, json })
    expectStatus(first, 202)
    const again = await tenant.call('POST', path, { headers, json })
    expectStatus(again, 202)
    expect(again.body).toEqual({ accepted: 2 })
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(await storedEvents(tenant)).toHaveLength(2)
  })

  it('is stored once when sent twenty times at once', async () => {
    const tenant = await freshTenant()
    const headers = { 'Idempotency-Key': randomUUID() }
    const json = { events: [{ event: 'a' }, { event: 'b' }] }
    const sent = Array.from({ length: 20 }, () => tenant.call('POST', path, { headers, json }))
    for (const { status } of await Promise.all(sent)) expect([202, 409]).toContain(status)
    expect(await storedEvents(tenant)).toHaveLength(2)
  })

  it('is stored in one transaction with its answer', async () => {
    const tenant = await freshTenant()
    const headers = { 'Idempotency-Key': randomUUID() }
    const commands = await commandsOf(() => tenant.call('POST', path, { headers, json: { event: 'a' } }))
    const answerKept = commands.findLastIndex(command => command.endsWith(' idempotencyrecords'))
    const committed = commands.findIndex(command => command.startsWith('commitTransaction'))
    expect(commands.indexOf('insert analyticevents')).toBeLessThan(answerKept)
    expect(answerKept, commands.join()).toBeLessThan(committed)
  })

  it('is refused when it says something else', async () => {
    const tenant = await freshTenant()
    const headers = { 'Idempotency-Key': randomUUID() }
    const json = { event: 'a', metadata: JSON.parse('{"__proto__":{"n":1}}') }
    expectStatus(await tenant.call('POST', path, { headers, json }), 202)
    const other = { event: 'a', metadata: JSON.parse('{"__proto__":{"n":2}}') }
    expectStatus(await tenant.call('POST', path, { headers, json: other }), 422)
    expect(await storedEvents(tenant)).toHaveLength(1)
  })
})
