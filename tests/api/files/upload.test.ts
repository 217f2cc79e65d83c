import { describe, expect, it } from 'vitest'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { fileForm } from '../../helpers/files.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { collection, download, leavingNothing, rawForm, sha256, upload } from './stored.ts'

describe('POST /api/files', () => {
  it('answers 201 with the whole view, and ingests afterwards', async () => {
    const tenant = await freshTenant()
    const content = Buffer.from('The lighthouse keeper counts ships. Each night he writes them down.')
    const answer = await tenant.call('POST', '/api/files', { body: fileForm(content, 'Ships.txt') })
    expectStatus(answer, 201)
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      name: 'Ships.txt',
      path: expect.stringMatching(/^uploads\/[0-9a-f]{24}-Ships\.txt$/),
      size: content.byteLength,
      mimeType: 'text/plain',
      sha256: sha256(content),
      status: expect.stringMatching(/^(processing|ready)$/),
      error: null,
      embedded: expect.any(Boolean),
      chunks: expect.any(Number),
      chunksDone: expect.any(Number),
      usage: { promptTokens: 0, completionTokens: 0, costUsd: 0 },
      summary: null,
      piiFound: [],
      shared: false,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    })

    await background.drain()
    const after = await tenant.call('GET', `/api/files/${answer.body.id}`)
    expect(after.body).toMatchObject({ status: 'ready', embedded: true, chunks: 1, error: null })
    expect(after.body.summary).toContain('lighthouse keeper')
  })

  it('accepts an API key', async () => {
    const tenant = await freshTenant()
    const key = await tenant.newKey()
    const answer = await call('POST', '/api/files', { body: fileForm('hello'), headers: key.headers })
    expectStatus(answer, 201)
    const stored = await (await collection('knowledgefiles')).find({}).toArray()
    expect(stored.at(-1)).toMatchObject({ clerkId: tenant.clerkId, uploadedBy: tenant.clerkId })
  })

  it('gives back the very bytes it took, across several stored pieces', async () => {
    const tenant = await freshTenant()
    const content = Buffer.alloc(2.5 * 1024 * 1024)
    for (let i = 0; i < content.length; i += 4) content.writeUInt32LE(Math.imul(i, 0x9e3779b1) >>> 0, i)
    const file = await upload(tenant, content, 'noise.bin', 'application/octet-stream')
    expect(file).toMatchObject({ size: content.byteLength, sha256: sha256(content), status: 'ready' })
    expect(await (await collection('files.chunks')).countDocuments({})).toBeGreaterThanOrEqual(3)

    const whole = await download(tenant, file.id)
    expect(whole.headers.get('content-length')).toBe(String(content.byteLength))
    expect(whole.bytes.equals(content)).toBe(true)
    const border = await download(tenant, file.id, { Range: 'bytes=1048570-1048585' })
    expect(border.bytes.equals(content.subarray(1_048_570, 1_048_586))).toBe(true)
  })

  it('gives two files of one name two paths', async () => {
    const tenant = await freshTenant()
    const first = await upload(tenant, 'one', 'same.txt')
    const second = await upload(tenant, 'two', 'same.txt')
    expect(first.path).not.toBe(second.path)
    expect(first.name).toBe(second.name)
  })
})

describe('the name of an upload', () => {
  const named = (filename: string) =>
    rawForm([{ disposition: `name="file"; filename="${filename}"`, type: 'text/plain', content: 'x' }])

  it.each([
    ['UTF-8', 'Été à Zürich – 東京 🗼.md', 'Été à Zürich – 東京 🗼.md', 'Ete-a-Zurich-.md'],
    ['a POSIX path', '../../etc/passwd.txt', 'passwd.txt', 'passwd.txt'],
    ['a Windows path', 'C:\\\\temp\\\\plan.txt', 'plan.txt', 'plan.txt'],
    ['control characters', 'a\u0007b\tc\u0085.txt', 'abc.txt', 'abc.txt'],
    ['decomposed letters', 'e\u0301te\u0301.txt', 'été.txt', 'ete.txt'],
    ['leading dots', '..hidden.txt', '..hidden.txt', 'hidden.txt'],
    ['nothing safe at all', '東京', '東京', 'file'],
    ['surrounding blanks', '  plan.txt ', 'plan.txt', 'plan.txt'],
  ])('keeps %s', async (_kind, sent, name, safeName) => {
    const tenant = await freshTenant()
    const answer = await tenant.call('POST', '/api/files', named(sent))
    expectStatus(answer, 201)
    expect(answer.body.name).toBe(name)
    expect(answer.body.path).toBe(`uploads/${answer.body.id}-${safeName}`)
  })

  it('may have 255 characters', async () => {
    const tenant = await freshTenant()
    const name = `${'n'.repeat(251)}.txt`
    const answer = await tenant.call('POST', '/api/files', named(name))
    expectStatus(answer, 201)
    expect(answer.body.name).toBe(name)
    expect(answer.body.path.length).toBeLessThan(150)
  })

  it.each([
    ['256 characters', 'n'.repeat(256)],
    ['none', ''],
    ['only a path', '../..'],
    ['only control characters', '\u0001\u0002'],
  ])('is refused with %s', async (_kind, name) => {
    const tenant = await freshTenant()
    const answer = await leavingNothing(tenant, () => tenant.call('POST', '/api/files', named(name)))
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors[0].path).toBe('file')
  })
})
