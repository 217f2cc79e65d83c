import { describe, expect, it } from 'vitest'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { storedEvents } from './events.ts'

/** Sent as text: an object of this process would lose some of these names on the way. */
const reported = ({ call }: Tenant, metadata: string) =>
  call('POST', '/api/analytics', {
    headers: { 'Content-Type': 'application/json' },
    body: `{"events":[{"event":"fine"},{"event":"a","metadata":${metadata}}]}`,
  })

const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`
const nestedLists = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
const named = (length: number) => `{"${'n'.repeat(length)}":1}`
/** Of so many bytes as JSON. */
const sized = (bytes: number, unit = 'x') => {
  const room = bytes - Buffer.byteLength('{"a":""}')
  const text = unit.repeat(Math.floor(room / Buffer.byteLength(unit)))
  return `{"a":"${text}${'x'.repeat(room - Buffer.byteLength(text))}"}`
}

describe('metadata that comes back as it was sent:', () => {
  it.each([
    ['nothing', '{}'],
    ['values of every kind', '{"a":null,"b":true,"c":"","d":-1.5e-7,"e":[],"f":{},"g":[[1],{"h":null}]}'],
    ['whole numbers beyond 32 and 53 bits', '{"a":2147483648,"b":-9007199254740991,"c":1e300,"d":-0}'],
    [
      'names of operators',
      '{"$set":{"plan":"enterprise"},"$where":"1","a":{"$gt":"","$ne":null,"$date":"x","$oid":1}}',
    ],
    ['names with dots and dollars', '{"a.b":1,"a..b":2,".":3,"$":4,"$$ROOT":5,"a":{"b.c":{"$d.e":6}}}'],
    ['half of a reference', '{"a":{"$ref":"users"},"b":{"$id":1,"$db":"x"}}'],
    ['names of fields of the event', '{"_id":1,"clerkId":"other","event":"x","createdAt":"1970"}'],
    ['__proto__', '{"__proto__":{"isAdmin":true},"a":{"__proto__":null,"b":1}}'],
    [
      'names that every object has',
      '{"constructor":{"prototype":{"x":1}},"toString":1,"hasOwnProperty":2,"valueOf":{}}',
    ],
    ['names that mean something to JavaScript', '{"toJSON":1,"toBSON":2,"then":3,"length":4,"buffer":5}'],
    ['a date as text', '{"at":"2026-01-09T12:00:00.000Z"}'],
    ['text of any script', '{"é":"日本語","😀":"🇫🇷","nul":"a\\u0000b","tab":"\\t"}'],
    ['ten levels', nested(10)],
    ['ten levels of lists', nestedLists(10)],
    ['a name of 200 characters', named(200)],
    ['8 KiB', sized(8_192)],
    ['8 KiB beyond ASCII', sized(8_192, 'é')],
  ])('%s', async (_what, metadata) => {
    const tenant = await freshTenant()
    const answer = await reported(tenant, metadata)
    expectStatus(answer, 202)
    const stored = (await storedEvents(tenant)).find(({ event }) => event === 'a')
    expect(JSON.stringify(stored?.metadata)).toBe(JSON.stringify(JSON.parse(metadata)))
    expect({}).not.toHaveProperty('isAdmin')
  })
})

describe('metadata that is refused, with its whole batch:', () => {
  it.each([
    ['a list', '[]', 'object'],
    ['a text', '"x"', 'object'],
    ['null', 'null', 'object'],
    ['eleven levels', nested(11), '10 levels'],
    ['eleven levels of lists', nestedLists(11), '10 levels'],
    ['a name of 201 characters', named(201), '200 characters'],
    ['an empty name', '{"a":[{"":1}]}', 'empty name'],
    ['a name with a NUL', '{"a":{"b\\u0000c":1}}', 'NUL'],
    ['a byte more than 8 KiB', sized(8_193), '8192 bytes'],
    ['a byte more than 8 KiB beyond ASCII', sized(8_193, 'é'), '8192 bytes'],
    ['the driver’s own mark', '{"_bsontype":"ObjectId","id":"x"}', '_bsontype'],
    ['the driver’s own mark further down', '{"a":[{"_bsontype":null}]}', '_bsontype'],
    ['a reference', '{"a":{"$ref":"other.users","$id":"x"}}', '$ref'],
  ])('%s', async (_what, metadata, words) => {
    const tenant = await freshTenant()
    const answer = await reported(tenant, metadata)
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors).toEqual([
      { path: 'events.1.metadata', message: expect.stringContaining(words) },
    ])
    expect(await storedEvents(tenant)).toEqual([])
  })
})
