import { randomUUID } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { AnalyticsEvent } from '../../models/analytics-event.ts'
import { PolarEvent } from '../../models/polar-event.ts'
import { clerkUserData } from '../../scripts/local/clerk/webhooks.ts'
import { polarSubscription } from '../../scripts/local/polar/payloads.ts'
import { expectProblem, expectStatus } from '../helpers/call.ts'
import { deliverClerk, deliverPolar, freshTenant, type Tenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { expectNoPollution } from './hostile/prototypes.ts'
import { databaseHash } from './hostile/stage.ts'
import { ILL_FORMED, isFull, NAUGHTY, roundOf } from './hostile/strings.ts'

let tenant: Tenant
beforeAll(async () => {
  tenant = await freshTenant({ plan: 'enterprise' })
})
afterEach(expectNoPollution)

/** Objects that trip up whoever copies them member by member. */
const OBJECTS = [
  '{"__proto__":{"polluted":1}}',
  '{"a":{"__proto__":{"polluted":1},"b":1}}',
  '{"constructor":{"prototype":{"polluted":1}}}',
  '{"prototype":1,"hasOwnProperty":null,"toString":2,"valueOf":3,"toJSON":4,"then":5,"length":6}',
  '{"$where":"1","$set":{"role":"admin"},"$gt":""}',
  '{"a.b":1,"a":{"b":2},".":3,"a..b":4}',
  '{"$ref":"users","$id":"507f1f77bcf86cd799439011"}',
  '{"$oid":"507f1f77bcf86cd799439011","$date":"2026-01-01T00:00:00Z","$numberLong":"1"}',
  '{"_bsontype":"ObjectId","id":"x"}',
  '{"_id":1,"__v":2,"clerkId":"user_x","id":3}',
  '{"":1}',
  '{"a\\u0000b":1}',
  '{"\\ud800":1}',
  '{"a":"\\udc00"}',
  '{"0":1,"-1":2,"1e3":3}',
  '{"n":[1e400,-1e400]}',
  '{"n":[-0,1e-400,5e-324,0.1,1e21,9007199254740991,123456789012345680000]}',
  '{"list":[null,true,false,[],{},[[]]]}',
  `{"deep":${'['.repeat(9)}1${']'.repeat(9)}}`,
  `{"deep":${'['.repeat(63)}1${']'.repeat(63)}}`,
  `{"wide":[${'0,'.repeat(4_000)}0]}`,
  `{"long":"${'é'.repeat(5_000)}"}`,
]

describe('metadata', () => {
  it.each(OBJECTS.map(text => [text.slice(0, 60), text] as const))(
    '%s is kept as it is, or refused',
    async (_name, text) => {
      const event = `odd ${randomUUID()}`
      const before = await databaseHash()
      const answer = await tenant.call('POST', '/api/analytics', {
        headers: { 'Content-Type': 'application/json' },
        body: `{"event":"${event}","metadata":${text}}`,
      })
      if (answer.status === 400) {
        expectProblem(answer, 400, 'invalid_input')
        expect(await databaseHash()).toBe(before)
        return
      }
      expectStatus(answer, 202)
      const stored = await AnalyticsEvent.collection.findOne({ event, clerkId: tenant.clerkId })
      expect(JSON.stringify(stored?.metadata)).toBe(JSON.stringify(JSON.parse(text)))
      expect(JSON.stringify(stored?.metadata)).not.toContain('null,null')
    },
  )

  it('keeps each string', async () => {
    const event = `strings ${randomUUID()}`
    const share = NAUGHTY.filter(text => text.length < 2_000)
    for (let at = 0; at < share.length; at += 50) {
      const texts = share.slice(at, at + 50)
      const answer = await tenant.call('POST', '/api/analytics', { json: { event, metadata: { texts } } })
      expectStatus(answer, 202)
      const stored = await AnalyticsEvent.collection.findOne(
        { event, clerkId: tenant.clerkId },
        { sort: { _id: -1 } },
      )
      expect(stored?.metadata).toEqual({ texts })
    }
  })
})

describe('a person’s profile', () => {
  const step = isFull ? 1 : 24
  const names = NAUGHTY.filter((text, at) => at % step === 0 && text.length < 2_000)

  it('bears every name', async () => {
    const { clerkId, email } = tenant
    let updatedAt = Date.now()
    for (const name of names) {
      updatedAt += 1
      const profile = clerkUserData({ id: clerkId, email, firstName: name, lastName: `${name}x`, updatedAt })
      expectStatus(await deliverClerk('user.updated', profile), 200)
      const { body } = await tenant.call('GET', '/api/app/me')
      expect([body.firstName, body.lastName]).toEqual([name, `${name}x`])
    }
  })

  it.each(ILL_FORMED)('%j breaks nothing', async name => {
    const { clerkId, email } = await freshTenant()
    const profile = clerkUserData({ id: clerkId, email, firstName: name, updatedAt: Date.now() + 1 })
    expect((await deliverClerk('user.updated', profile)).status).toBeLessThan(500)
  })

  it.each(OBJECTS.map(text => [text.slice(0, 60), text] as const))('is no %s', async (_name, text) => {
    const { clerkId, email } = tenant
    const profile = clerkUserData({ id: clerkId, email, updatedAt: Date.now() + 1_000_000 })
    for (const field of ['first_name', 'primary_email_address_id', 'id']) {
      const before = await databaseHash()
      const answer = await deliverClerk('user.updated', { ...profile, [field]: JSON.parse(text) })
      expect(answer.status).toBe(400)
      expect(await databaseHash()).toBe(before)
    }
    // What nobody reads does no harm.
    const answer = await deliverClerk('user.created', { ...profile, unsafe_metadata: JSON.parse(text) })
    expectStatus(answer, 200)
  })
})

describe('a billing event', () => {
  const { products } = services.polar
  const subscription = () =>
    polarSubscription({ externalId: `user_${randomUUID()}`, productId: products.professional, products })

  it.each(
    [...OBJECTS, `{"deep":${'['.repeat(3_000)}1${']'.repeat(3_000)}}`].map(text => [text.slice(0, 60), text]),
  )('with %s is accepted and kept', async (_name, text = '') => {
    const odd = JSON.parse(text)
    const data = subscription()
    const all = [
      { ...data, metadata: odd },
      { ...data, ...odd },
      { ...data, customer: odd },
      { ...data, customer: { ...data.customer, external_id: odd, email: odd } },
      { ...data, product_id: odd, status: odd, id: odd },
      odd,
    ]
    for (const changed of roundOf(all, text.length, 2)) {
      const id = randomUUID()
      const answer = await deliverPolar('subscription.updated', changed, { id })
      expectStatus(answer, 200)
      expect(await PolarEvent.countDocuments({ eventId: id })).toBe(1)
    }
  })

  it.each([...ILL_FORMED, '__proto__', '$where', 'a\0b', 'x'.repeat(100_000)])(
    'of the type %j is kept',
    async type => {
      const id = randomUUID()
      expectStatus(await deliverPolar(type, {}, { id }), 200)
      expect(await PolarEvent.countDocuments({ eventId: id })).toBe(1)
    },
  )

  it.each(['0000-01-01T00:00:00Z', '+275760-09-13T00:00:00.001Z', 'never', '', '2026-02-30T00:00:00Z'])(
    'of the time %j is accepted',
    async timestamp => {
      expectStatus(await deliverPolar('subscription.updated', subscription(), { timestamp }), 200)
    },
  )
})
