import { describe, expect, it } from 'vitest'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { collection, download, PNG, rawForm, sha256, upload } from './stored.ts'

const digits = Buffer.from('0123456789')

async function tenDigits() {
  const tenant = await freshTenant()
  return { tenant, file: await upload(tenant, digits, 'digits.bin', 'video/mp4') }
}

describe('GET /api/files/{id}/content', () => {
  it('gives the bytes as an attachment that no browser will sniff or run', async () => {
    const tenant = await freshTenant()
    const file = await upload(tenant, PNG, 'dot.png', 'image/png')
    const answer = await download(tenant, file.id)
    expect(answer.status).toBe(200)
    expect(answer.bytes.equals(PNG)).toBe(true)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'image/png',
      'content-length': String(PNG.byteLength),
      'content-disposition': `attachment; filename="dot.png"; filename*=UTF-8''dot.png`,
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
      'accept-ranges': 'bytes',
      etag: `"${sha256(PNG)}"`,
    })
  })

  it('gives an empty file', async () => {
    const tenant = await freshTenant()
    const file = await upload(tenant, '', 'void.txt')
    const answer = await download(tenant, file.id)
    expect([answer.status, answer.bytes.byteLength, answer.headers.get('content-length')]).toEqual([
      200,
      0,
      '0',
    ])
  })

  it('answers HEAD like GET, without the body', async () => {
    const { tenant, file } = await tenDigits()
    const head = await tenant.call('HEAD', `/api/files/${file.id}/content`)
    expectStatus(head, 200)
    expect(head.body).toBe('')
    const whole = await download(tenant, file.id)
    for (const name of ['content-length', 'content-type', 'etag', 'content-disposition'])
      expect(head.headers.get(name)).toBe(whole.headers.get(name))
  })

  it('says 404 for a foreign file and for none', async () => {
    const { file } = await tenDigits()
    const stranger = await freshTenant()
    for (const id of [file.id, '0123456789abcdef01234567', 'x'])
      expectProblem(await stranger.call('GET', `/api/files/${id}/content`), 404, 'not_found')
  })

  it('gives a file from before this API, whose hash is not known, an ETag of its own', async () => {
    const { tenant, file } = await tenDigits()
    await (await collection('knowledgefiles')).updateOne({ path: file.path }, { $unset: { sha256: 1 } })
    const answer = await download(tenant, file.id)
    expect(answer.headers.get('etag')).toBe(`"${file.id}"`)
  })
})

describe('a direct download of a file in the database', () => {
  it('is a plain one', async () => {
    const { tenant, file } = await tenDigits()
    const answer = await tenant.call('GET', `/api/files/${file.id}/content?direct=true`)
    expectStatus(answer, 200)
    expect(answer.body).toBe('0123456789')
  })
})

describe('If-None-Match', () => {
  it.each([
    ['the ETag', (etag: string) => etag],
    ['a weak form of it', (etag: string) => `W/${etag}`],
    ['a list with it', (etag: string) => `"other", ${etag}`],
    ['a star', () => '*'],
  ])('answers 304 to %s', async (_kind, header) => {
    const { tenant, file } = await tenDigits()
    const answer = await download(tenant, file.id, { 'If-None-Match': header(`"${file.sha256}"`) })
    expect([answer.status, answer.bytes.byteLength]).toEqual([304, 0])
    expect(answer.headers.get('etag')).toBe(`"${file.sha256}"`)
  })

  it.each(['"other"', 'nonsense', '""'])('answers 200 to %s', async header => {
    const { tenant, file } = await tenDigits()
    expect((await download(tenant, file.id, { 'If-None-Match': header })).status).toBe(200)
  })

  it('comes before Range', async () => {
    const { tenant, file } = await tenDigits()
    const headers = { 'If-None-Match': `"${file.sha256}"`, Range: 'bytes=50-' }
    expect((await download(tenant, file.id, headers)).status).toBe(304)
  })
})

describe('Range', () => {
  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=0-0', '0', 'bytes 0-0/10'],
    ['bytes=9-9', '9', 'bytes 9-9/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=0-', '0123456789', 'bytes 0-9/10'],
    ['bytes=7-99', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
    ['BYTES=2-4', '234', 'bytes 2-4/10'],
  ])('%s gives that part', async (range, expected, contentRange) => {
    const { tenant, file } = await tenDigits()
    const answer = await download(tenant, file.id, { Range: range })
    expect([answer.status, answer.bytes.toString()]).toEqual([206, expected])
    expect(answer.headers.get('content-range')).toBe(contentRange)
    expect(answer.headers.get('content-length')).toBe(String(expected.length))
  })

  it.each(['bytes=10-', 'bytes=10-12', 'bytes=99-', 'bytes=-0', `bytes=${'9'.repeat(400)}-`])(
    '%s lies beyond the end: 416 with the size',
    async range => {
      const { tenant, file } = await tenDigits()
      const answer = await tenant.call('GET', `/api/files/${file.id}/content`, { headers: { Range: range } })
      expectProblem(answer, 416, 'range_not_satisfiable')
      expect(answer.headers.get('content-range')).toBe('bytes */10')
    },
  )

  it.each([
    'bytes=',
    'bytes=-',
    'bytes=a-b',
    'bytes=4-2',
    'bytes 2-4',
    'lines=1-2',
    '2-4',
    'bytes=0-1,4-5',
    'bytes=1.5-2',
  ])('%s is answered with the whole', async range => {
    const { tenant, file } = await tenDigits()
    const answer = await download(tenant, file.id, { Range: range })
    expect([answer.status, answer.bytes.toString()]).toEqual([200, '0123456789'])
    expect(answer.headers.get('content-range')).toBeNull()
  })

  it('counts with If-Range only while the bytes are still the same', async () => {
    const { tenant, file } = await tenDigits()
    const same = await download(tenant, file.id, { Range: 'bytes=2-4', 'If-Range': `"${file.sha256}"` })
    expect([same.status, same.bytes.toString()]).toEqual([206, '234'])
    const changed = await download(tenant, file.id, { Range: 'bytes=2-4', 'If-Range': '"other"' })
    expect([changed.status, changed.bytes.toString()]).toEqual([200, '0123456789'])
  })
})

describe('Content-Disposition', () => {
  it.each([
    [
      'UTF-8',
      'Été 東京.txt',
      `attachment; filename="_t_ __.txt"; filename*=UTF-8''%C3%89t%C3%A9%20%E6%9D%B1%E4%BA%AC.txt`,
    ],
    ['quotes', String.raw`a\"b.txt`, `attachment; filename="a_b.txt"; filename*=UTF-8''a%22b.txt`],
    ['a per cent sign', '100%25.txt', `attachment; filename="100_25.txt"; filename*=UTF-8''100%2525.txt`],
    [
      'what RFC 8187 reserves',
      "it's (1)*.txt",
      `attachment; filename="it's (1)*.txt"; filename*=UTF-8''it%27s%20%281%29%2A.txt`,
    ],
  ])('bears %s', async (_kind, filename, expected) => {
    const tenant = await freshTenant()
    const form = rawForm([
      { disposition: `name="file"; filename="${filename}"`, type: 'video/mp4', content: 'x' },
    ])
    const uploaded = await tenant.call('POST', '/api/files', form)
    expectStatus(uploaded, 201)
    const answer = await download(tenant, uploaded.body.id)
    expect(answer.headers.get('content-disposition')).toBe(expected)
  })

  it('bears a name with line breaks that lies in the database', async () => {
    const { tenant, file } = await tenDigits()
    const name = 'a\r\nSet-Cookie: x=1\r\n\r\n".txt'
    await (await collection('knowledgefiles')).updateOne({ path: file.path }, { $set: { name } })
    const answer = await download(tenant, file.id)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('set-cookie')).toBeNull()
    expect(answer.headers.get('content-disposition')).toMatch(
      /^attachment; filename="[ -~]+"; filename\*=UTF-8''[!-~]+$/,
    )
  })
})
