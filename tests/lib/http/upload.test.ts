import { buffer } from 'node:stream/consumers'
import { describe, expect, it } from 'vitest'
import { AppError, InvalidInput } from '../../../lib/errors.ts'
import { openUpload } from '../../../lib/http/upload.ts'
import { multipart, type Part, spec, uploadRequest } from './multipart.ts'

const file: Part = { name: 'file', filename: 'a.txt', type: 'text/plain', content: 'hello' }

function open(...parts: Part[]) {
  const { boundary, bytes } = multipart(...parts)
  return openUpload(uploadRequest(bytes, boundary), spec)
}

async function receive(...parts: Part[]) {
  const upload = await open(...parts)
  const content = await buffer(upload.bytes)
  return { ...upload, content, fields: await upload.fields() }
}

const faultsOf = async (work: Promise<unknown>): Promise<string[]> => {
  const error = await work.then(
    () => expect.unreachable('the upload was accepted'),
    error => error,
  )
  expect(error).toBeInstanceOf(InvalidInput)
  return (error as InvalidInput).extras.errors?.map(({ path }) => path) ?? []
}

describe('an upload', () => {
  it('is one file', async () => {
    const { name, declaredType, content, fields } = await receive(file)
    expect({ name, declaredType, fields }).toEqual({
      name: 'a.txt',
      declaredType: 'text/plain',
      fields: { shared: false },
    })
    expect(content.toString()).toBe('hello')
  })

  it('has its fields before the file', async () => {
    const parts = [{ name: 'shared', content: 'true' }, { name: 'note', content: 'é€😀' }, file]
    expect((await receive(...parts)).fields).toEqual({ shared: true, note: 'é€😀' })
  })

  it('has its fields after the file', async () => {
    const parts = [file, { name: 'shared', content: 'true' }]
    expect((await receive(...parts)).fields).toEqual({ shared: true })
  })

  it('has its fields on both sides', async () => {
    const parts = [{ name: 'note', content: 'n' }, file, { name: 'shared', content: 'true' }]
    expect((await receive(...parts)).fields).toEqual({ shared: true, note: 'n' })
  })

  it('keeps every byte, whatever they look like', async () => {
    const content = Buffer.concat([
      Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
      Buffer.from('\r\n--not-the-boundary\r\n\r\n--\r\n'),
    ])
    expect((await receive({ ...file, content })).content).toEqual(content)
  })

  it('may be empty', async () => {
    expect((await receive({ ...file, content: '' })).content).toHaveLength(0)
  })

  it('is understood however the network cuts it', async () => {
    const { boundary, bytes } = multipart(file, { name: 'note', content: 'n' })
    const drops = ReadableStream.from([...bytes].map(byte => Uint8Array.of(byte)))
    const upload = await openUpload(uploadRequest(drops as ReadableStream<Uint8Array>, boundary), spec)
    expect((await buffer(upload.bytes)).toString()).toBe('hello')
    expect(await upload.fields()).toEqual({ shared: false, note: 'n' })
  })

  it('is understood as browsers send it', async () => {
    const form = new FormData()
    form.set('file', new File(['hello'], 'naïve "résumé" 日本.txt', { type: 'text/plain' }))
    form.set('shared', 'false')
    const upload = await openUpload(
      new Request('http://127.0.0.1/api/files', { method: 'POST', body: form }),
      spec,
    )
    expect(upload.name).toMatch(/^naïve .*résumé.* 日本\.txt$/)
    expect((await buffer(upload.bytes)).toString()).toBe('hello')
    expect(await upload.fields()).toEqual({ shared: false })
  })

  it.each(['Ünïcode – 文書 😀.md', 'a b.txt', 'dots...', "quote's.txt"])(
    'may be named %s',
    async filename => {
      expect((await receive({ ...file, filename })).name).toBe(filename)
    },
  )

  it('may have a name with quotes, which a form escapes', async () => {
    expect((await receive({ ...file, filename: 'say %22hi%22 100%.txt' })).name).toBe('say "hi" 100%.txt')
  })

  it.each(['../../etc/passwd', '/etc/passwd', 'C:\\Users\\me\\passwd'])(
    'loses the folders of its name: %s',
    async filename => {
      expect((await receive({ ...file, filename })).name).toBe('passwd')
    },
  )

  it.each([
    ['120', 120],
    ['0', 0],
    ['x', null],
    ['-1', null],
    ['1e99', null],
  ])('tells what the request announced: “%s”', async (length, announced) => {
    const { boundary, bytes } = multipart(file)
    const upload = await openUpload(uploadRequest(bytes, boundary, { 'Content-Length': length }), spec)
    expect(upload.announcedBytes).toBe(announced)
    expect((await openUpload(uploadRequest(bytes, boundary), spec)).announcedBytes).toBeNull()
  })
})

describe('an upload is refused', () => {
  it.each([
    ['without any part', []],
    ['with fields only', [{ name: 'shared', content: 'true' }]],
    ['with a file of another name', [{ ...file, name: 'other' }]],
    ['with a file without a name', [{ name: 'file', filename: '', content: '' }]],
    ['with bytes that are no file', [{ name: 'file', type: 'application/octet-stream', content: 'x' }]],
    ['with text instead of a file', [{ name: 'file', content: 'x' }]],
  ])('%s', async (_name, parts) => {
    expect(await faultsOf(open(...(parts as Part[])))).toEqual(['file'])
  })

  it('without a body', async () => {
    expect(await faultsOf(openUpload(uploadRequest(null, 'x'), spec))).toEqual(['file'])
    expect(await faultsOf(openUpload(uploadRequest('', 'x'), spec))).toEqual(['file'])
  })

  it('with a second file, once the first is read', async () => {
    expect(await faultsOf(receive(file, { ...file, filename: 'b.txt' }))).toEqual(['file'])
    expect(await faultsOf(receive({ ...file, name: 'other' }, file))).toEqual(['file'])
  })

  it.each([
    ['an unknown field', [{ name: 'admin', content: '1' }], ['admin']],
    ['a field that reaches for the prototype', [{ name: '__proto__', content: '1' }], ['__proto__']],
    ['a field that is none', [{ content: '1' }], ['']],
    ['a wrong value', [{ name: 'shared', content: 'perhaps' }], ['shared']],
    ['a value too long to have been read whole', [{ name: 'note', content: 'x'.repeat(20_000) }], ['note']],
    ['one field twice', Array(2).fill({ name: 'note', content: 'x' }), ['note']],
    ['endless fields', Array.from({ length: 40 }, (_, n) => ({ name: `f${n}` })), expect.anything()],
  ])('with %s, on either side of the file', async (_name, parts, paths) => {
    expect(await faultsOf(receive(...(parts as Part[]), file))).toEqual(paths)
    expect(await faultsOf(receive(file, ...(parts as Part[])))).toEqual(paths)
  })

  it.each(['application/json', 'multipart/mixed; boundary=x', 'multipart/form-datax', ''])(
    'as %s',
    async type => {
      const refused = openUpload(uploadRequest(multipart(file).bytes, 'x', { 'Content-Type': type }), spec)
      await expect(refused).rejects.toMatchObject({ code: 'unsupported_media_type' })
      await expect(refused).rejects.toBeInstanceOf(AppError)
    },
  )

  it.each(['multipart/form-data', 'multipart/form-data; charset=utf-8'])(
    'without a boundary: %s',
    async type => {
      const request = uploadRequest(multipart(file).bytes, 'x', { 'Content-Type': type })
      expect(await faultsOf(openUpload(request, spec))).toEqual([''])
    },
  )

  it('with a boundary that its body does not have', async () => {
    expect(await faultsOf(openUpload(uploadRequest(multipart(file).bytes, 'other'), spec))).toEqual(['file'])
  })
})
