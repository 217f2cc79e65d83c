import { createHash } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Answer, expectProblem, expectStatus } from '../helpers/call.ts'
import { fileForm } from '../helpers/files.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { multipart, type Part } from '../lib/http/multipart.ts'
import { expectNoPollution } from './hostile/prototypes.ts'
import { databaseHash } from './hostile/stage.ts'
import { isFull, NAUGHTY } from './hostile/strings.ts'

let tenant: Tenant
beforeAll(async () => {
  tenant = await freshTenant({ plan: 'enterprise' })
})
afterEach(expectNoPollution)

const FILE: Part = { name: 'file', filename: 'a.bin', type: 'application/octet-stream', content: '\0\x01' }

function post(bytes: Uint8Array, type: string): Promise<Answer> {
  return tenant.call('POST', '/api/files', { headers: { 'Content-Type': type }, body: Buffer.from(bytes) })
}

function upload(...parts: Part[]): Promise<Answer> {
  const { boundary, bytes } = multipart(...parts)
  return post(bytes, `multipart/form-data; boundary=${boundary}`)
}

/** What the name of a file loses on its way in: control characters, spaces around it, and what is not composed. */
function keptName(name: string): string {
  return name
    .normalize('NFC')
    .replace(/\p{Cc}/gu, '')
    .trim()
}

describe('the name of a file', () => {
  /** Of the list, what a form can say: it escapes quotes and line breaks, and a path is not a name. */
  const names = NAUGHTY.filter(name => !/[/\\]|^\.*$/.test(name) && name.length < 200)
  const step = isFull ? 1 : 24
  const share = names.filter((_, at) => at % step === 0)

  it('comes back as it was, wherever it is told', async () => {
    for (const name of share) {
      const uploaded = await tenant.call('POST', '/api/files', {
        body: fileForm('\0', name, 'application/octet-stream'),
      })
      const kept = keptName(name.replace(/\r\n?|\n/g, '\n'))
      if (kept === '') {
        expectProblem(uploaded, 400, 'invalid_input')
        continue
      }
      expect(uploaded.status, `${JSON.stringify(name)}: ${JSON.stringify(uploaded.body)}`).toBe(201)
      const { id, path } = uploaded.body
      expect((await tenant.call('GET', `/api/files/${id}`)).body.name).toBe(kept)
      expect(path).toMatch(/^uploads\/[0-9a-f]{24}-[A-Za-z0-9._-]{1,100}$/)
      const { status, headers } = await tenant.call('GET', `/api/files/${id}/content`)
      expect(status).toBe(200)
      expect(headers.get('content-disposition')).toMatch(
        /^attachment; filename="[\x20-\x7e]*"; filename\*=UTF-8''[\w!#$&+.^`|~%-]+$/,
      )
    }
  })

  it.each([
    ['a path upwards', '../../etc/passwd', 'passwd'],
    ['a path of Windows', 'C:\\Windows\\a.txt', 'a.txt'],
    ['a path with a NUL', '../a.txt\0.png', 'a.txt.png'],
    ['text from right to left', '\u202egpj.exe', '\u202egpj.exe'],
    ['250 letters of two units', '𝒳'.repeat(125), '𝒳'.repeat(125)],
    ['a name of every object', '__proto__', '__proto__'],
  ])('%s', async (_name, filename, kept) => {
    const answer = await upload({ ...FILE, filename })
    expectStatus(answer, 201)
    expect(answer.body.name).toBe(kept)
    expect(answer.body.path).toMatch(/^uploads\/[0-9a-f]{24}-[A-Za-z0-9._-]{1,100}$/)
  })

  it.each([
    ['300 letters', 'x'.repeat(300)],
    ['spaces', '   '],
    ['control characters', '\x01\x02'],
    ['nothing', ''],
    ['a folder', 'folder/'],
    ['dots', '..'],
  ])('%s is none', async (_name, filename) => {
    await expectRefusal(() => upload({ ...FILE, filename }))
  })
})

async function expectRefusal(ask: () => Promise<Answer>): Promise<void> {
  const before = await databaseHash()
  const started = performance.now()
  const answer = await ask()
  expect(performance.now() - started).toBeLessThan(5_000)
  expect([400, 413, 415], JSON.stringify(answer.body)).toContain(answer.status)
  expectProblem(answer, answer.status, answer.body.code)
  expect(await databaseHash()).toBe(before)
}

describe('a form that is refused', () => {
  const fields = (count: number): Part[] =>
    Array.from({ length: count }, (_, at) => ({ name: `f${at}`, content: 'x' }))

  it.each<[string, Part[]]>([
    ['a thousand fields', [...fields(1_000), FILE]],
    ['a thousand fields behind the file', [FILE, ...fields(1_000)]],
    ['a thousand files', Array.from({ length: 1_000 }, () => FILE)],
    ['two files', [FILE, FILE]],
    ['a file of another name', [{ ...FILE, name: 'other' }]],
    ['a file under __proto__', [{ ...FILE, name: '__proto__' }]],
    ['a field __proto__', [{ name: '__proto__', content: 'polluted' }, FILE]],
    ['a field constructor.prototype', [{ name: 'constructor.prototype', content: 'x' }, FILE]],
    ['a field __proto__[polluted]', [{ name: '__proto__[polluted]', content: '1' }, FILE]],
    ['an operator for a field', [{ name: 'shared[$ne]', content: 'x' }, FILE]],
    ['an object for a switch', [{ name: 'shared', content: '{"$ne":1}' }, FILE]],
    ['a switch twice', [{ name: 'shared', content: 'false' }, { name: 'shared', content: 'true' }, FILE]],
    ['a field without a name', [{ content: 'x' }, FILE]],
    ['a huge field', [{ name: 'shared', content: 'x'.repeat(2_000_000) }, FILE]],
    ['no file', [{ name: 'shared', content: 'false' }]],
  ])('%s', async (_name, parts) => {
    await expectRefusal(() => upload(...parts))
  })

  const { boundary, bytes } = multipart(FILE)
  const type = `multipart/form-data; boundary=${boundary}`
  it.each<[string, Uint8Array, string]>([
    ['no boundary', bytes, 'multipart/form-data'],
    ['an empty boundary', bytes, 'multipart/form-data; boundary='],
    ['another boundary', bytes, 'multipart/form-data; boundary=other'],
    ['a boundary of 10 kB', bytes, `multipart/form-data; boundary=${'b'.repeat(10_000)}`],
    ['two boundaries', bytes, `multipart/form-data; boundary=x; boundary=${boundary}x`],
    ['no end', bytes.subarray(0, bytes.byteLength - boundary.length - 6), type],
    ['half of the head of a part', bytes.subarray(0, 60), type],
    ['nothing', new Uint8Array(), type],
    ['the end alone', Buffer.from(`--${boundary}--\r\n`), type],
    ['no part', Buffer.from('x'.repeat(100_000)), type],
    ['a part whose head has no end', headless(boundary, 'X-A: a\r\n'.repeat(200_000)), type],
    ['a head of a megabyte', headless(boundary, `X-A: ${'a'.repeat(1_100_000)}\r\n`), type],
    ['JSON', Buffer.from('{}'), 'application/json'],
    ['two types', bytes, `${type}, application/json`],
    ['another multipart', bytes, `multipart/mixed; boundary=${boundary}`],
  ])('%s', async (_name, body, contentType) => {
    await expectRefusal(() => post(body, contentType))
  })

  function headless(boundary: string, lines: string): Uint8Array {
    return Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n${lines}`,
    )
  }
})

describe('odd forms', () => {
  it('an empty file is one', async () => {
    const answer = await upload({ ...FILE, content: '' })
    expectStatus(answer, 201)
    expect(answer.body).toMatchObject({ size: 0, status: 'ready' })
    const content = await tenant.call('GET', `/api/files/${answer.body.id}/content`)
    expect([content.status, content.body]).toEqual([200, ''])
    const part = await tenant.call('GET', `/api/files/${answer.body.id}/content`, {
      headers: { Range: 'bytes=0-' },
    })
    expect([200, 416]).toContain(part.status)
  })

  it.each([
    'text/html\r\nX-Evil: 1',
    'text/plain; charset="\xff"',
    `text/${'x'.repeat(5_000)}`,
    '<script>',
    '__proto__',
    '',
  ])('a file of the type %s comes back as bytes of a type that is one', async type => {
    const answer = await upload({ ...FILE, type })
    expectStatus(answer, 201)
    expect(answer.body.mimeType).toMatch(/^[\w.+-]+\/[\w.+-]{1,200}$/)
    const { headers } = await tenant.call('GET', `/api/files/${answer.body.id}/content`)
    expect(headers.get('content-type')).toBe(answer.body.mimeType)
    expect(headers.get('x-evil')).toBeNull()
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })
})

describe('a range', () => {
  const CONTENT = 'lighthouse'
  let path: string
  let version: string
  beforeAll(async () => {
    const { body } = await upload({ ...FILE, content: CONTENT })
    path = `/api/files/${body.id}/content`
    version = createHash('sha256').update(CONTENT).digest('hex')
  })
  const read = (headers: Record<string, string>) => tenant.call('GET', path, { headers })

  it.each(['bytes=-0', 'bytes=10-', 'bytes=10-20', 'bytes=99999999999999999999-', 'bytes=1e3-', 'bytes=-00'])(
    '%s lies outside or is none',
    async range => {
      const answer = await read({ Range: range })
      if (answer.status === 200) expect(answer.body).toBe(CONTENT)
      else expectProblem(answer, 416, 'range_not_satisfiable')
    },
  )

  it.each([
    ['bytes=0-0', 'l'],
    ['bytes=-99999999999999999999', CONTENT],
    ['bytes=9-99999999999999999999', 'e'],
    ['bytes=0-99999999999999999999', CONTENT],
    ['BYTES=-1', 'e'],
  ])('%s is a part', async (range, part) => {
    const answer = await read({ Range: range })
    expect([answer.status, answer.body]).toEqual([206, part])
    expect(answer.headers.get('content-length')).toBe(String(part.length))
  })

  it.each([
    'bytes=0-1,1-2',
    `bytes=${'0-,'.repeat(2_000)}0-`,
    'bytes=5-2',
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=--1',
    'bytes=0x1-0x2',
    'items=0-1',
    'bytes 0-1',
    '\xff',
  ])('%s gets the whole file', async range => {
    const answer = await read({ Range: range })
    expect([answer.status, answer.body]).toEqual([200, CONTENT])
  })

  it.each(['"', 'W/', '*', `"${'x'.repeat(8_000)}"`, ',,,', '\xff'])(
    'If-None-Match: %s is understood',
    async tag => {
      expect([200, 304]).toContain((await read({ 'If-None-Match': tag })).status)
      expect((await read({ 'If-None-Match': `${tag}, "${version}"` })).status).toBe(304)
    },
  )
})
