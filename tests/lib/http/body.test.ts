import { describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { MAX_BODY_BYTES } from '../../../lib/http/body.ts'
import { contract } from '../../../lib/http/contract.ts'
import { ok, route } from '../../../lib/route.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { ask, echoRoute } from './ask.ts'

const body = z.strictObject({ name: z.string().optional(), tags: z.array(z.string()).optional() })
const echo = echoRoute(body)
const json = { 'Content-Type': 'application/json' }

const send = (text: RequestInit['body'], headers: Record<string, string> = json) =>
  ask(echo, '/api/echo', { method: 'POST', headers, body: text ?? null, duplex: 'half' })

function stream(pieces: Iterable<Uint8Array>): ReadableStream<Uint8Array> {
  return ReadableStream.from(pieces) as ReadableStream<Uint8Array>
}

describe('a JSON body', () => {
  it('reaches the handler as its contract understood it', async () => {
    const answer = await send('{"name":"é","tags":["a"]}')
    expectStatus(answer, 200)
    expect(answer.body.body).toEqual({ name: 'é', tags: ['a'] })
  })

  it.each([
    ['application/json; charset=utf-8'],
    ['Application/JSON'],
    ['application/merge-patch+json'],
    ['application/vnd.example.v1+json'],
  ])('may say it is %s', async type => {
    expectStatus(await send('{"name":"x"}', { 'Content-Type': type }), 200)
  })

  it.each([
    ['text/plain'],
    ['application/x-www-form-urlencoded'],
    ['multipart/form-data; boundary=x'],
    ['application/json5'],
    ['application/jsonx'],
    ['text/json'],
    [''],
  ])('is refused as %s', async type => {
    const answer = await send(new TextEncoder().encode('{"name":"x"}'), type ? { 'Content-Type': type } : {})
    expectProblem(answer, 415, 'unsupported_media_type')
    expect(answer.body.detail).toContain('application/json')
  })

  it('may be absent, without a Content-Type, when no field is required', async () => {
    const answer = await ask(echo, '/api/echo', { method: 'POST' })
    expectStatus(answer, 200)
    expect(answer.body.body).toEqual({})
    expectStatus(await send('', { 'Content-Type': 'text/plain' }), 200)
  })

  it.each(['{', '{"name":}', 'name=x', "{'name':'x'}", '{"name":"x"}}', '\u0000'])(
    'must be JSON: %s',
    async text => {
      const answer = await send(text)
      expectProblem(answer, 400, 'invalid_input')
      expect(answer.body.errors).toEqual([{ path: '', message: 'The body is not valid JSON in UTF-8' }])
    },
  )

  it.each(['null', '[]', '"x"', '1', 'true'])('must be what the contract asks for: %s', async text => {
    expectProblem(await send(text), 400, 'invalid_input')
  })

  it.each([
    ['a lone continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a cut character', [0xc3]],
  ])('must be UTF-8: %s', async (_name, bytes) => {
    const quoted = Buffer.concat([Buffer.from('{"name":"'), Buffer.from(bytes), Buffer.from('"}')])
    expectProblem(await send(quoted), 400, 'invalid_input')
  })

  it.each(['"\\ud800"', '"a\\udc00b"', '{"\\ud800":1}', '[["\\udbff\\u0041"]]', '1e400', '[-1e400]'])(
    'must hold what lasts: %s',
    async value => {
      const answer = await send(`{"name":${value}}`)
      expectProblem(answer, 400, 'invalid_input')
      expect(answer.body.detail).toMatch(/half a surrogate pair, or a number past/)
    },
  )

  it('may have its characters in escapes', async () => {
    expect((await send('{"name":"\\ud83d\\ude00"}')).body.body).toEqual({ name: '😀' })
  })

  it('may have a character cut in two by the network', async () => {
    const bytes = Buffer.from('{"name":"é€😀"}')
    const answer = await send(stream([...bytes].map(byte => Uint8Array.of(byte))))
    expect(answer.body.body).toEqual({ name: 'é€😀' })
  })
})

describe('the faults of a body', () => {
  it('are all named, each with its path', async () => {
    const answer = await send('{"name":1,"tags":["a",2,null],"extra":1,"other":{}}')
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      'extra',
      'name',
      'other',
      'tags.1',
      'tags.2',
    ])
    expect(answer.body.errors).toContainEqual({ path: 'extra', message: 'Unknown field' })
  })

  it('are named together with those of the query', async () => {
    const both = echoRoute(body, { query: z.object({ limit: z.coerce.number() }) })
    const answer = await ask(both, '/api/echo?limit=x', { method: 'POST', json: { name: 1 } })
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual(['limit', 'name'])
  })

  it('do not blow the answer up', async () => {
    const keys = Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`k${index}`, 0]))
    const answer = await ask(echo, '/api/echo', { method: 'POST', json: keys })
    expectProblem(answer, 400, 'invalid_input')
    expect(JSON.stringify(answer.body).length).toBeLessThan(20_000)
  })
})

describe('the size of a body', () => {
  const ofSize = (bytes: number) => `{"name":"${'x'.repeat(bytes - 11)}"}`

  it('may be one mebibyte', async () => {
    expect(MAX_BODY_BYTES).toBe(1024 * 1024)
    expectStatus(await send(ofSize(MAX_BODY_BYTES)), 200)
  })

  it('may not be a byte more', async () => {
    expectProblem(await send(ofSize(MAX_BODY_BYTES + 1)), 413, 'too_large')
  })

  it('is refused by what it announces, unread', async () => {
    const pull = vi.fn()
    const unread = new ReadableStream({ pull }, { highWaterMark: 0 })
    const answer = await send(unread, { ...json, 'Content-Length': String(MAX_BODY_BYTES + 1) })
    expectProblem(answer, 413, 'too_large')
    expect(pull).not.toHaveBeenCalled()
  })

  it.each([
    ['no length at all', {}],
    ['a length that lies', { 'Content-Length': '10' }],
    ['a length that is no number', { 'Content-Length': 'ten' }],
  ])('is counted as it arrives with %s, and the rest stays unread', async (_name, headers) => {
    let pieces = 0
    function* endless() {
      for (;;) {
        pieces++
        yield new Uint8Array(64 * 1024).fill(0x20)
      }
    }
    const answer = await send(stream(endless()), { ...json, ...headers })
    expectProblem(answer, 413, 'too_large')
    expect(pieces).toBeLessThan(30)
  })
})

describe('a hostile body', () => {
  it.each(['{"__proto__":{"admin":true}}', '{"constructor":{"prototype":{"admin":true}}}'])(
    'cannot reach a prototype: %s',
    async text => {
      const answer = await send(text)
      if (answer.status === 200) expect(answer.body.body).toEqual({})
      else expectProblem(answer, 400, 'invalid_input')
      expect({}).not.toHaveProperty('admin')
    },
  )

  it('cannot slip a prototype through a body that is passed on', async () => {
    const loose = echoRoute(z.looseObject({ metadata: z.record(z.string(), z.unknown()).optional() }))
    const text = '{"__proto__":{"admin":true},"metadata":{"__proto__":{"admin":true}}}'
    const answer = await ask(loose, '/api/echo', { method: 'POST', headers: json, body: text })
    expectStatus(answer, 200)
    expect(answer.body.body.admin).toBeUndefined()
    expect(answer.body.body.metadata?.admin).toBeUndefined()
  })

  it.each([
    ['arrays', '['.repeat(500_000) + ']'.repeat(500_000)],
    ['objects', `${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}`],
  ])('cannot exhaust the stack with nested %s', async (_name, nested) => {
    const loose = echoRoute(z.looseObject({ metadata: z.unknown() }))
    const text = `{"metadata":${nested}}`
    const answer = await ask(loose, '/api/echo', { method: 'POST', headers: json, body: text })
    expectProblem(answer, 400, 'invalid_input')
  })

  it('may nest as deep as people do', async () => {
    const loose = echoRoute(z.looseObject({ metadata: z.unknown() }))
    const nested = '['.repeat(30) + ']'.repeat(30)
    const text = `{"metadata":${nested}}`
    expectStatus(await ask(loose, '/api/echo', { method: 'POST', headers: json, body: text }), 200)
  })
})

describe('a signed delivery', () => {
  const operation = contract({
    id: 'deliver',
    method: 'POST',
    path: '/api/deliver',
    tag: 'Test',
    summary: 'For tests',
    callers: [],
    database: false,
    raw: { contentType: 'application/json', description: 'signed' },
    responses: { 200: z.object({ raw: z.string(), signature: z.string() }) },
  })
  const signed = route(operation, async ({ raw, headers }) =>
    ok({ raw, signature: String(headers['x-signature']) }),
  )
  const deliver = (text: RequestInit['body'], headers: Record<string, string> = json) =>
    ask(signed, '/api/deliver', { method: 'POST', headers, body: text ?? null })

  it('reaches the handler letter for letter, with its headers', async () => {
    const text = '\uFEFF{ "a" :1,\r\n"a":2, "é": "\\u00e9" }\n'
    const answer = await deliver(text, { ...json, 'X-Signature': 'v1,abc' })
    expectStatus(answer, 200)
    expect(answer.body).toEqual({ raw: text, signature: 'v1,abc' })
  })

  it('must be JSON in UTF-8 and not empty', async () => {
    expectProblem(await deliver(''), 400, 'invalid_input')
    expectProblem(await deliver('{}', { 'Content-Type': 'text/plain' }), 415, 'unsupported_media_type')
    expectProblem(await deliver(Buffer.from([0xff])), 400, 'invalid_input')
    expectProblem(await deliver('x'.repeat(MAX_BODY_BYTES + 1)), 413, 'too_large')
  })
})
