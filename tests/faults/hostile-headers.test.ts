import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type RunningServer, serveRouter } from '../../scripts/server/serve.ts'
import { sourceRouter } from '../../scripts/server/source-router.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { expectNoPollution } from './hostile/prototypes.ts'
import { CANARY, RAW_CASES } from './hostile/requests.ts'
import { type RawAnswer, rawRequest, sendRaw } from './hostile/socket.ts'
import { databaseHash } from './hostile/stage.ts'
import { isFull } from './hostile/strings.ts'

let server: RunningServer
let tenant: Tenant
let session: string
let key: string
beforeAll(async () => {
  server = await serveRouter(await sourceRouter(join(import.meta.dirname, '..', '..')), 0)
  tenant = await freshTenant({ plan: 'enterprise' })
  session = tenant.session.Authorization ?? ''
  key = (await tenant.newKey()).key
})
afterAll(() => server.close())
afterEach(async () => {
  expectNoPollution()
  expect((await fetch(`${server.url}/api/health`)).status).toBe(200)
})

async function ask(first: string, lines: readonly string[], body = ''): Promise<RawAnswer> {
  const length = body && `Content-Length: ${Buffer.byteLength(body, 'latin1')}`
  const all = ['Host: 127.0.0.1', ...lines, ...(length ? [length] : [])]
  const { answers, text } = await sendRaw(server.url, [rawRequest(`${first} HTTP/1.1`, all, body)])
  const [answer] = answers
  if (!answer || answers.length > 1)
    throw new Error(`answered ${answers.length} times: ${text.slice(0, 500)}`)
  expect(text.toLowerCase()).not.toContain(CANARY)
  return answer
}

/** Lines with names that are short. */
const named = (lines: readonly string[]) => lines.map(line => [line.slice(0, 60), line] as const)

function expectRaw({ status, head, body }: RawAnswer, expected: number, code?: string): void {
  expect(status, `${head}\n\n${body}`.slice(0, 800)).toBe(expected)
  if (code) expect(JSON.parse(body)).toMatchObject({ status, code })
}

const JWT_HEADS = [
  { alg: 'none' },
  { alg: 'HS256', kid: '../../etc/passwd' },
  { alg: 'RS256', jku: 'http://x' },
]
const jwt = (head: unknown) =>
  `${Buffer.from(JSON.stringify(head)).toString('base64url')}.${Buffer.from('{"sub":"user_x"}').toString('base64url')}.`
const deep = Buffer.from(`${'['.repeat(3_000)}${']'.repeat(3_000)}`).toString('base64url')

describe('on a connection of its own,', () => {
  it.each(RAW_CASES)('$name is answered as it should be', async ({ pieces, may }) => {
    const patienceMs = may.length === 0 ? 300 : 5_000
    const { answers, text, isClosed } = await sendRaw(server.url, pieces, { patienceMs })
    const told = answers.filter(({ status }) => status !== 100)
    expect(text.toLowerCase()).not.toContain(CANARY)
    if (may.length === 0) return
    expect(told.length, `${text.slice(0, 500)}${isClosed ? '' : ' (open)'}`).toBe(1)
    for (const answer of told) expectSane(answer, may)
  })
})

function expectSane({ status, head, body }: RawAnswer, may: readonly number[]): void {
  expect(may, `${head}\n\n${body}`.slice(0, 800)).toContain(status)
  const isOurs = /\r\nx-request-id: /i.test(head)
  if (isOurs && status >= 400) expect(head).toMatch(/\r\ncontent-type: application\/problem\+json/i)
  // What the protocol refuses has no words.
  if (!isOurs && status >= 400) expect(body.length).toBeLessThan(100)
}

describe('a credential that is none', () => {
  it.each(
    named([
      'Authorization:',
      'Authorization: Bearer',
      'Authorization: Bearer ',
      `Authorization: ${CANARY}`,
      `Authorization: Bearer a ${CANARY}`,
      `Authorization: Bearer\t${CANARY}`,
      `Authorization: Bearer \xff\xfe${CANARY}`,
      `Authorization: Bearer ${CANARY.repeat(1_500)}`,
      'Authorization: Bearer __proto__',
      'Authorization: Bearer tc_live_',
      `Authorization: Bearer tc_live_${'\xe9'.repeat(38)}`,
      `Authorization: Bearer tc_live_${'0'.repeat(64)}`,
      `Authorization: Bearer tc_live_${'a'.repeat(6_000)}`,
      'Authorization: Bearer {"$gt":""}',
      'Authorization: Bearer ..',
      `Authorization: Bearer ${deep}.${deep}.${deep.slice(0, 20)}`,
      ...JWT_HEADS.map(head => `Authorization: Bearer ${jwt(head)}`),
      'X-API-Key:',
      `X-API-Key: ${CANARY}`,
      'X-API-Key: tc_live_\xff',
      `Cookie: __session=${CANARY}`,
      `Cookie: ${'a=b; '.repeat(1_500)}__session=${CANARY}`,
    ]),
  )('%s', async (_name, line) => {
    expectRaw(await ask('GET /api/app/me', [line]), 401, 'unauthenticated')
  })
})

describe('of two credentials', () => {
  const asked = (...lines: string[]) => ask('GET /api/app/me', lines)
  const good = () => `Authorization: ${session}`

  it('the first header of one name counts', async () => {
    expectRaw(await asked('Authorization: Bearer x', good()), 401, 'unauthenticated')
  })

  it('the Authorization counts, good or bad', async () => {
    expectRaw(await asked('Authorization: Bearer x', `X-API-Key: ${key}`), 401, 'unauthenticated')
    expectRaw(await asked(`X-API-Key: ${CANARY}`, good()), 200)
  })

  it('two keys in one name are none', async () => {
    expectRaw(await asked(`X-API-Key: ${key}`, `X-API-Key: ${key}`), 401, 'unauthenticated')
  })
})

describe('an Idempotency-Key', () => {
  const post = (...lines: string[]) =>
    ask(
      'POST /api/analytics',
      [`Authorization: ${session}`, 'Content-Type: application/json', ...lines],
      EVENT,
    )
  const EVENT = '{"event":"once"}'

  it.each(
    named([
      'Idempotency-Key:',
      `Idempotency-Key: ${CANARY} ${CANARY}`,
      'Idempotency-Key: \xe9',
      `Idempotency-Key: ${'k'.repeat(256)}`,
      `Idempotency-Key: ${CANARY.repeat(1_500)}`,
      'Idempotency-Key: a\tb',
    ]),
  )('%s is refused, and nothing is done', async (_name, line) => {
    const before = await databaseHash()
    expectRaw(await post(line), 400, 'invalid_input')
    expect(await databaseHash()).toBe(before)
  })

  it('given twice is none', async () => {
    expectRaw(await post('Idempotency-Key: a', 'Idempotency-Key: b'), 400, 'invalid_input')
  })

  it.each(named(['__proto__', '{"$ne":null}', '$where', '../..', 'k'.repeat(255)]))(
    '%s is as good as any',
    async (_name, name) => {
      expectRaw(await post(`Idempotency-Key: ${name}`), 202)
      const again = await post(`Idempotency-Key: ${name}`)
      expectRaw(again, 202)
      expect(again.head).toMatch(/\r\nidempotency-replayed: true/i)
    },
  )
})

describe('the sender’s own word about itself', () => {
  it('opens no other allowance', async () => {
    const statuses: number[] = []
    for (let turn = 0; turn < 12; turn++) {
      const forwarded = `X-Forwarded-For: 198.51.100.${turn}, ${CANARY}, ::1, ${'9'.repeat(50)}`
      const more = ['X-Real-IP: 203.0.113.9', `Forwarded: for=${CANARY}`, `X-Vercel-Forwarded-For: ${turn}`]
      statuses.push((await ask('GET /api/ai?action=models', [forwarded, ...more])).status)
    }
    expect(statuses).toEqual([...Array(10).fill(200), 429, 429])
  })

  it.each(
    named([
      `X-Request-Id: ${CANARY.repeat(1_600)}`,
      `X-Request-Id: ${CANARY}\t${CANARY}`,
      `X-Request-Id: ${CANARY}%0d%0aSet-Cookie:a`,
      `X-Request-Id: \xff${CANARY}`,
      `X-Request-Id: {${CANARY}}`,
      'X-Request-Id:',
    ]),
  )('%s is not taken up', async (_name, line) => {
    const { head } = await ask('GET /api/health', [line])
    expect(head).toMatch(/\r\nx-request-id: [0-9a-f-]{36}(\r\n|$)/i)
  })

  it.each(
    named([
      `Access-Control-Request-Headers: ${CANARY}<script>`,
      `Access-Control-Request-Headers: ${`${CANARY},`.repeat(100)}`,
      'Access-Control-Request-Headers: \xff',
      `Access-Control-Request-Method: ${CANARY}`,
      `Origin: ${CANARY}`,
    ]),
  )('%s is not told again', async (_name, line) => {
    const answer = await ask('OPTIONS /api/health', ['Origin: https://evil.example', line])
    expectRaw(answer, 204)
    expect(answer.head).not.toMatch(/access-control-allow-origin/i)
  })

  it.each(
    named([
      'Accept: text/csv;q=NaN, */*;q=\xff',
      `Accept: ${'text/csv;q=0.1,'.repeat(800)}`,
      `Accept: ${CANARY}`,
      'If-None-Match: ",,,"',
      `User-Agent: ${CANARY.repeat(1_000)}\xff`,
      'Content-Type: application/json',
      'Content-Length: 0',
      'Transfer-Encoding: chunked',
    ]),
  )('%s harms no reading', async (_name, line) => {
    const body = line.endsWith('chunked') ? '0\r\n\r\n' : ''
    const { answers } = await sendRaw(server.url, [
      rawRequest('GET /api/app/conversations HTTP/1.1', ['Host: x', `Authorization: ${session}`, line], body),
    ])
    expect(answers.map(({ status }) => status)).toEqual([200])
  })
})

describe('slow senders', () => {
  const request = () =>
    rawRequest('POST /api/analytics HTTP/1.1', [
      'Host: x',
      `Authorization: ${session}`,
      'Content-Type: application/json',
      'Content-Length: 16',
    ])

  it('are understood piece by piece', async () => {
    const bytes = `${request()}{"event":"slow"}`
    const pieces = bytes.match(/[\s\S]{1,4}/g) ?? []
    const { answers } = await sendRaw(server.url, pieces, { pauseMs: 2 })
    expect(answers.map(({ status }) => status)).toEqual([202])
  })

  it('keep nobody else waiting', async () => {
    const patienceMs = 1_500
    const stalled = Array.from({ length: isFull ? 500 : 100 }, (_, turn) =>
      sendRaw(server.url, [turn % 2 === 0 ? 'GET /api/health HTTP/1.1\r\nX-A: ' : request()], { patienceMs }),
    )
    const started = performance.now()
    expect((await fetch(`${server.url}/api/health`)).status).toBe(200)
    expect(performance.now() - started).toBeLessThan(patienceMs)
    const heard = await Promise.all(stalled)
    expect(heard.flatMap(({ answers }) => answers)).toEqual([])
  })
})
