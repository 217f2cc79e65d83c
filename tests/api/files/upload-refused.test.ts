import { describe, expect, it } from 'vitest'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { fileForm } from '../../helpers/files.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { atCommand, leavingNothing, rawForm, streamed } from './stored.ts'

const filePart = { disposition: 'name="file"; filename="a.txt"', type: 'text/plain', content: 'text' }
const post = (tenant: Tenant, { body, headers }: ReturnType<typeof rawForm>) =>
  leavingNothing(tenant, () => tenant.call('POST', '/api/files', { body, headers }))

describe('an upload that is not what it should be leaves nothing', () => {
  it.each([
    ['no part at all', []],
    ['no file part', [{ disposition: 'name="shared"', content: 'false' }]],
    ['a file under another name', [{ ...filePart, disposition: 'name="document"; filename="a.txt"' }]],
    ['a text field named file', [{ disposition: 'name="file"', content: 'text' }]],
    ['a second file', [filePart, filePart]],
    ['a second file under another name', [filePart, { ...filePart, disposition: 'name="x"; filename="b"' }]],
    ['another file before it', [{ ...filePart, disposition: 'name="x"; filename="b"' }, filePart]],
    ['an unknown field before the file', [{ disposition: 'name="folder"', content: 'a' }, filePart]],
    ['an unknown field after the file', [filePart, { disposition: 'name="folder"', content: 'a' }]],
    ['a field named like a prototype', [filePart, { disposition: 'name="__proto__"', content: 'a' }]],
    ['a value that is no boolean', [filePart, { disposition: 'name="shared"', content: 'perhaps' }]],
    ['a field without end', [filePart, { disposition: 'name="shared"', content: 't'.repeat(20_000) }]],
  ])('with %s: 400', async (_kind, parts) => {
    const tenant = await freshTenant()
    const answer = await post(tenant, rawForm(parts))
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors.length).toBeGreaterThan(0)
  })

  it('with a body that breaks off: 400', async () => {
    const tenant = await freshTenant()
    const { body, headers } = rawForm([{ ...filePart, content: 'x'.repeat(100_000) }], { closed: false })
    const cut = body.subarray(0, 50_000)
    expectProblem(await post(tenant, { body: cut, headers }), 400, 'invalid_input')
  })

  it('with a body that breaks off after the file: 400', async () => {
    const tenant = await freshTenant()
    expectProblem(await post(tenant, rawForm([filePart], { closed: false })), 400, 'invalid_input')
  })

  it('with a body that breaks off while bytes are being written: 400', async () => {
    const tenant = await freshTenant()
    const content = Buffer.alloc(4 * 1024 * 1024)
    const { body, headers } = rawForm([{ ...filePart, content }], { closed: false })
    const whole = streamed(body).getReader()
    const broken = Promise.withResolvers<never>()
    const source = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { value } = await Promise.race([whole.read(), broken.promise])
        controller.enqueue(value ?? (await broken.promise))
      },
    })
    await atCommand('insert', 'files.chunks', () => broken.reject(new Error('the client is gone')))
    const answer = await leavingNothing(tenant, () =>
      tenant.call('POST', '/api/files', { body: source, headers }),
    )
    expectProblem(answer, 400, 'invalid_input')
  })

  it.each([
    'application/json',
    'text/plain',
    'multipart/mixed; boundary=x',
    'application/x-www-form-urlencoded',
  ])('as %s: 415', async type => {
    const tenant = await freshTenant()
    const { body } = rawForm([filePart])
    const answer = await post(tenant, { body, headers: { 'Content-Type': type } })
    expectProblem(answer, 415, 'unsupported_media_type')
  })

  it('as multipart without a boundary: 400', async () => {
    const tenant = await freshTenant()
    const { body } = rawForm([filePart])
    const answer = await post(tenant, { body, headers: { 'Content-Type': 'multipart/form-data' } })
    expectProblem(answer, 400, 'invalid_input')
  })
})

describe('sharing', () => {
  it.each(['before', 'after'])('is refused to whoever is no admin, said %s the file', async side => {
    const tenant = await freshTenant()
    const shared = { disposition: 'name="shared"', content: 'true' }
    const parts = side === 'before' ? [shared, filePart] : [filePart, shared]
    expectProblem(await post(tenant, rawForm(parts)), 403, 'forbidden')
  })

  it('may be declined by anybody', async () => {
    const tenant = await freshTenant()
    const form = fileForm('text', 'a.txt', 'text/plain', { shared: 'false' })
    const answer = await tenant.call('POST', '/api/files', { body: form })
    expectStatus(answer, 201)
    expect(answer.body.shared).toBe(false)
  })
})

describe('a file larger than the plan allows', () => {
  const limit = 10 * 1024 * 1024
  const { body, headers } = rawForm([
    {
      disposition: 'name="file"; filename="big.bin"',
      type: 'video/mp4',
      content: Buffer.alloc(limit + 100_000),
    },
  ])

  it('is refused at once when its length is announced', async () => {
    const tenant = await freshTenant()
    let asked = 0
    const source = streamed(body).pipeThrough(
      new TransformStream({
        transform(piece, controller) {
          asked += piece.byteLength
          controller.enqueue(piece)
        },
      }),
    )
    const announced = { ...headers, 'Content-Length': String(body.byteLength) }
    const answer = await leavingNothing(tenant, () =>
      tenant.call('POST', '/api/files', { body: source, headers: announced }),
    )
    expectProblem(answer, 413, 'too_large')
    expect(asked).toBeLessThan(1024 * 1024)
  })

  it('is refused on the way when it is not', async () => {
    const tenant = await freshTenant()
    const answer = await leavingNothing(tenant, () =>
      tenant.call('POST', '/api/files', { body: streamed(body), headers }),
    )
    expectProblem(answer, 413, 'too_large')
  })

  it('is refused though its announced length is a lie', async () => {
    const tenant = await freshTenant()
    const answer = await leavingNothing(tenant, () =>
      tenant.call('POST', '/api/files', {
        body: streamed(body),
        headers: { ...headers, 'Content-Length': '10' },
      }),
    )
    expectProblem(answer, 413, 'too_large')
  })

  it('has exactly that many bytes at most', async () => {
    const tenant = await freshTenant()
    const exact = fileForm(Buffer.alloc(limit), 'exact.bin', 'video/mp4')
    expectStatus(await tenant.call('POST', '/api/files', { body: exact }), 201)
    const above = fileForm(Buffer.alloc(limit + 1), 'above.bin', 'video/mp4')
    const answer = await leavingNothing(tenant, () => tenant.call('POST', '/api/files', { body: above }))
    expectProblem(answer, 413, 'too_large')
  })
})
