import { rawRequest } from './socket.ts'

/** A word that must never come back. */
export const CANARY = 'c4n4ry'

/** Bytes on a connection of their own. `may` are the statuses it may be answered with; none: it may be dropped. */
export type RawCase = { name: string; pieces: (string | Uint8Array)[]; may: readonly number[] }

const HOST = 'Host: 127.0.0.1'
const JSON_TYPE = 'Content-Type: application/json'
const GET = 'GET /api/health HTTP/1.1'
const POST = 'POST /api/analytics HTTP/1.1'
const EVENT = JSON.stringify({ event: 'hostile' })
const SMUGGLED = rawRequest('GET /api/health HTTP/1.1', [HOST])
const BAD = [400]
const FINE_OR_BAD = [200, 400]

const one = (name: string, may: readonly number[], text: string): RawCase => ({ name, pieces: [text], may })
const get = (name: string, may: readonly number[], ...lines: string[]) =>
  one(name, may, rawRequest(GET, [HOST, ...lines]))
const post = (name: string, may: readonly number[], lines: string[], body: string) =>
  one(name, may, rawRequest(POST, [HOST, JSON_TYPE, ...lines], body))

const lengthOf = (body: string) => `Content-Length: ${body.length}`

const FIRST_LINES: RawCase[] = [
  one('HTTP/0.9', FINE_OR_BAD, 'GET /api/health\r\n\r\n'),
  one('HTTP/1.0 without a host', [200], 'GET /api/health HTTP/1.0\r\n\r\n'),
  one('HTTP/9.9', [400, 505], rawRequest('GET /api/health HTTP/9.9', [HOST])),
  one('the preface of HTTP/2', BAD, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  one('a greeting of TLS', BAD, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
  one('garbage', BAD, `${CANARY}\x00\x01\x02\xff\r\n\r\n`),
  one('only line breaks', [], '\r\n\r\n\r\n'),
  one('an unknown method', [400, 405, 501], rawRequest(`${CANARY} /api/health HTTP/1.1`, [HOST])),
  one('a method in small letters', [400, 405], rawRequest('get /api/health HTTP/1.1', [HOST])),
  one('TRACE', [400, 405], rawRequest('TRACE /api/health HTTP/1.1', [HOST, `X-A: ${CANARY}`])),
  one('TRACE of an object', [400, 405], rawRequest(`TRACE /api/files/${'a'.repeat(24)} HTTP/1.1`, [HOST])),
  one('CONNECT', [], rawRequest('CONNECT example.org:443 HTTP/1.1', [HOST])),
  one('PROPFIND', [400, 405], rawRequest('PROPFIND /api/health HTTP/1.1', [HOST])),
  one('a very long address', [414, 431], rawRequest(`GET /api/${CANARY.repeat(10_000)} HTTP/1.1`, [HOST])),
  one('a space in the address', [400, 404], rawRequest('GET /api/he alth HTTP/1.1', [HOST])),
  one('bytes over 127 in the address', [400, 404], rawRequest('GET /api/h\xff\xc3 HTTP/1.1', [HOST])),
]

const HOSTS = ['', ' ', 'a b', '[::1', '127.0.0.1:99999', `${CANARY}@x`, '/x?y#z', '"><b>', '\xff', '%00']

const HEADERS: RawCase[] = [
  one('no host', BAD, rawRequest(GET)),
  one('two hosts', FINE_OR_BAD, rawRequest(GET, [HOST, `Host: ${CANARY}`])),
  ...HOSTS.map(host => one(`the host ${host}`, FINE_OR_BAD, rawRequest(GET, [`Host: ${host}`]))),
  get('a huge header', [431], `X-A: ${CANARY.repeat(20_000)}`),
  get('a thousand headers', [200, 431], ...Array.from({ length: 1_000 }, (_, at) => `X-${at}: ${at}`)),
  get('a header without a value', [200], 'X-A:'),
  get('a header without a name', BAD, ': a'),
  get('a header without a colon', BAD, CANARY),
  get('a space before the colon', BAD, 'X-A : a'),
  get('a folded header', FINE_OR_BAD, 'X-A: a', ` ${CANARY}`),
  get('a NUL in a header', BAD, `X-A: ${CANARY}\0`),
  get('a bare CR in a header', BAD, `X-A: a\r${CANARY}: b`),
  one('bare LF', BAD, `${GET}\n${HOST}\n\n`),
  get('bytes over 127 in a header', [200], `X-Request-Id: \xff${CANARY}`),
  get('a request id of 10 kB', [200], `X-Request-Id: ${CANARY.repeat(1_600)}`),
  get('a request id with escapes', [200], `X-Request-Id: ${CANARY}%0d%0aSet-Cookie:a=b`),
  get('two request ids', [200], `X-Request-Id: ${CANARY}`, 'X-Request-Id: b'),
  get('an expectation nobody knows', [417, 200], `Expect: ${CANARY}`),
  get('a foreign origin', [200], `Origin: https://${CANARY}.example`),
  get('an origin much like ours', [200], `Origin: http://127.0.0.1:3000.${CANARY}`),
  get('a wish to change protocols', [200], 'Connection: Upgrade', `Upgrade: ${CANARY}`),
]

const BODIES: RawCase[] = [
  post('a length and chunks', BAD, [lengthOf(EVENT), 'Transfer-Encoding: chunked'], `0\r\n\r\n${SMUGGLED}`),
  post(
    'chunks and a length',
    BAD,
    ['Transfer-Encoding: chunked', 'Content-Length: 3'],
    `0\r\n\r\n${SMUGGLED}`,
  ),
  post('two lengths', BAD, ['Content-Length: 0', lengthOf(SMUGGLED)], SMUGGLED),
  post('a list of lengths', BAD, ['Content-Length: 0, 0'], SMUGGLED),
  post('a negative length', BAD, ['Content-Length: -1'], SMUGGLED),
  post('a length with a sign', BAD, ['Content-Length: +0'], SMUGGLED),
  post('a length in hex', BAD, ['Content-Length: 0x10'], SMUGGLED),
  post('a length past all numbers', [400, 413], [`Content-Length: ${'9'.repeat(30)}`], EVENT),
  post('a length that nobody sends', [413], ['Content-Length: 1000000000000'], EVENT),
  post('an encoding that is none', BAD, ['Transfer-Encoding: xchunked'], `0\r\n\r\n${SMUGGLED}`),
  post(
    'an encoding behind the chunks',
    BAD,
    ['Transfer-Encoding: chunked, identity'],
    `0\r\n\r\n${SMUGGLED}`,
  ),
  post(
    'chunks twice',
    BAD,
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    `0\r\n\r\n${SMUGGLED}`,
  ),
  post('a chunk without a size', BAD, ['Transfer-Encoding: chunked'], `${CANARY}\r\n`),
  post('a chunk of endless size', BAD, ['Transfer-Encoding: chunked'], `${'f'.repeat(20)}\r\na`),
  post('chunks with notes', [202], ['Transfer-Encoding: chunked'], chunked(EVENT, ';a=b')),
  post('chunks with a trailer', [202], ['Transfer-Encoding: chunked'], trailed(EVENT, `X-A: ${CANARY}`)),
  post('two types', [202, 415], [lengthOf(EVENT), 'Content-Type: text/plain'], EVENT),
  post('an answer to wait for', [202], [lengthOf(EVENT), 'Expect: 100-continue'], EVENT),
  post('a compressed body', [400, 415], [lengthOf('\x1f\x8b\x08'), 'Content-Encoding: gzip'], '\x1f\x8b\x08'),
  post('chunks far past the bound', [413], ['Transfer-Encoding: chunked'], chunked(' '.repeat(8_000_000))),
]

function chunked(body: string, note = ''): string {
  return `${body.length.toString(16)}${note}\r\n${body}\r\n0\r\n\r\n`
}

function trailed(body: string, trailer: string): string {
  return chunked(body).replace(/\r\n$/, `${trailer}\r\n\r\n`)
}

const PLACES: RawCase[] = [
  'http://c4n4ry.example/api/health',
  'https://c4n4ry.example:1/api/health',
  '//c4n4ry.example/api/health',
  '//api//health',
  '/api/../api/health',
  '/./api/health',
  '/api/%2e%2e/api/health',
  '/api%2fhealth',
  '/api/app%2fme',
  '/api/health/',
  '/api/health;a=b',
  '/api/health%00',
  '/api/health%ff',
  '/api/%',
  '/API/HEALTH',
  '\\api\\health',
  '/../../package.json',
  '/%2e%2e/%2e%2e/package.json',
  '/..%2f..%2fpackage.json',
  '/..%5c..%5cpackage.json',
  '/%00',
  '/%ff',
  '/index.html/%2e%2e/%2e%2e/package.json',
  '/api/__proto__',
  '/api/constructor',
  '/api/files/__proto__/content',
  '*',
  '?',
  '#',
].map(place =>
  one(`the address ${place}`, [200, 204, 400, 401, 404], rawRequest(`GET ${place} HTTP/1.1`, [HOST])),
)

/** All of them. */
export const RAW_CASES: readonly RawCase[] = [...FIRST_LINES, ...HEADERS, ...BODIES, ...PLACES]
