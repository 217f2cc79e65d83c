import { randomUUID } from 'node:crypto'
import { PassThrough, Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { Types } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { connect } from '../../../lib/db/connect.ts'
import { reserveFile } from '../../../lib/knowledge/internal/reservation.ts'
import { storeBytes } from '../../../lib/knowledge/internal/store-bytes.ts'
import { uploadFile } from '../../../lib/knowledge/upload-file.ts'
import { findAccount } from '../../../lib/users/account.ts'
import { IdempotencyRecord } from '../../../models/idempotency-record.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { UsageCounter } from '../../../models/usage-counter.ts'
import { type Answer, expectProblem, expectStatus } from '../../helpers/call.ts'
import { fileForm } from '../../helpers/files.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'

const upload = (tenant: Tenant, key: string, form: FormData): Promise<Answer> =>
  tenant.call('POST', '/api/files', { body: form, headers: { 'Idempotency-Key': key } })
const files = ({ clerkId }: Tenant) => KnowledgeFile.countDocuments({ clerkId })
const used = ({ clerkId }: Tenant) => UsageCounter.find({ clerkId, period: 'total' }).lean()

describe('an upload sent again with its Idempotency-Key', () => {
  it('stores one file and gets the first answer', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const first = await upload(tenant, key, fileForm('the same bytes'))
    const again = await upload(tenant, key, fileForm('the same bytes'))
    expectStatus(first, 201)
    expectStatus(again, 201)
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    expect(await files(tenant)).toBe(1)
    expect(await used(tenant)).toMatchObject([{ files: 1, bytes: 14 }])
  })

  it.each([
    ['other bytes', fileForm('THE SAME BYTES')],
    ['another name', fileForm('the same bytes', 'other.txt')],
    ['another type', fileForm('the same bytes', 'notes.txt', 'text/markdown')],
    ['another field', fileForm('the same bytes', 'notes.txt', 'text/plain', { shared: 'true' })],
  ])('is refused as 422 with %s', async (_name, form) => {
    const tenant = await freshTenant()
    const key = randomUUID()
    expectStatus(await upload(tenant, key, fileForm('the same bytes')), 201)
    expectProblem(await upload(tenant, key, form), 422, 'idempotency_mismatch')
    expect(await files(tenant)).toBe(1)
  })

  it('is refused again as it was', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const form = () => fileForm('mine', 'notes.txt', 'text/plain', { shared: 'true' })
    const first = await upload(tenant, key, form())
    expectProblem(first, 403, 'forbidden')
    const again = await upload(tenant, key, form())
    expect(again.body).toEqual(first.body)
    expect(again.headers.get('idempotency-replayed')).toBe('true')
    const other = fileForm('else', 'notes.txt', 'text/plain', { shared: 'true' })
    expectProblem(await upload(tenant, key, other), 422, 'idempotency_mismatch')
    expect(await files(tenant)).toBe(0)
  })

  it('is begun anew when the connection broke the first time', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const whole = new Response(fileForm('all of it'))
    const headers = { 'Content-Type': whole.headers.get('content-type') ?? '', 'Idempotency-Key': key }
    const bytes = Buffer.from(await whole.arrayBuffer())
    const broken = await tenant.call('POST', '/api/files', { headers, body: bytes.subarray(0, -30) })
    expectProblem(broken, 400, 'invalid_input')
    expectStatus(await tenant.call('POST', '/api/files', { headers, body: bytes }), 201)
    expect(await used(tenant)).toMatchObject([{ files: 1, bytes: 9 }])
  })

  it('reads no more of another file than the first one had', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    expectStatus(await upload(tenant, key, fileForm('x'.repeat(100), 'notes.txt')), 201)
    const form = new Response(fileForm('', 'notes.txt'))
    const [head = '', tail = ''] = (await form.text()).split('\r\n\r\n')
    let sent = 0
    const body = new ReadableStream({
      pull(controller) {
        sent += 1
        if (sent === 1) controller.enqueue(Buffer.from(`${head}\r\n\r\n`))
        else if (sent <= 500) controller.enqueue(Buffer.alloc(64 * 1024, 'x'))
        else {
          controller.enqueue(Buffer.from(tail))
          controller.close()
        }
      },
    })
    const headers = { 'Content-Type': form.headers.get('content-type') ?? '', 'Idempotency-Key': key }
    const answer = await tenant.call('POST', '/api/files', { headers, body })
    expectProblem(answer, 422, 'idempotency_mismatch')
    expect(sent).toBeLessThan(100)
  })

  it('is refused under the key of a request of another kind, which stays as it was', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const ask = () =>
      tenant.call('POST', '/api/ai?action=chat', {
        json: { message: 'hi' },
        headers: { 'Idempotency-Key': key },
      })
    // Files of other tests may still be on their way to the model.
    await background.drain()
    services.openai.failNext(500, 3)
    expectProblem(await ask(), 502, 'provider_error')
    expectProblem(await upload(tenant, key, fileForm('text')), 422, 'idempotency_mismatch')
    const answer = await ask()
    expectStatus(answer, 200)
    expect(answer.body.message.content).toEqual(expect.any(String))
    expect(await files(tenant)).toBe(0)
  })
})

async function callerOf({ clerkId }: Tenant) {
  const account = await findAccount(clerkId)
  if (!account) throw new Error('no account')
  return { kind: 'user' as const, clerkId, account }
}

/** What arrives, when a test decides when. */
const incomingFrom = (bytes: Readable) => ({
  name: 'notes.txt',
  declaredType: 'text/plain',
  bytes,
  announcedBytes: null,
  fields: async () => ({ shared: false }),
})

describe('two attempts at one upload', () => {
  it('of which the slower is overtaken: the file is the other’s, whole, and counted once', async () => {
    const tenant = await freshTenant()
    const id = new Types.ObjectId().toHexString()
    const slowBytes = new PassThrough()
    slowBytes.write('same ')
    const slow = uploadFile(await callerOf(tenant), incomingFrom(slowBytes), id).then(
      () => 'stored',
      error => error.code,
    )
    while ((await files(tenant)) === 0) await sleep(5)
    const { clerkId } = tenant
    await uploadFile(await callerOf(tenant), incomingFrom(Readable.from([Buffer.from('same text')])), id)
    slowBytes.end('text')
    expect(await slow).toBe('conflict')
    const content = await tenant.call('GET', `/api/files/${id}/content`)
    expect(content.body).toBe('same text')
    expect(await used(tenant)).toMatchObject([{ files: 1, bytes: 9 }])
    const { db } = await connect()
    const file = await KnowledgeFile.findOne({ clerkId, _id: id }).lean()
    const path = file?.path ?? ''
    expect(await db?.collection('files.files').countDocuments({ filename: path })).toBe(1)
  })
})

describe('an upload whose process ended', () => {
  /** A row as an attempt leaves it that fell silent, with the id of what it was making. */
  async function silentAttempt(tenant: Tenant, key: string): Promise<string> {
    const refused = fileForm('x', 'notes.txt', 'text/plain', { shared: 'true' })
    expectProblem(await upload(tenant, key, refused), 403, 'forbidden')
    const row = await IdempotencyRecord.findOneAndUpdate(
      { clerkId: tenant.clerkId },
      { $set: { reply: null, leaseUntil: new Date(0) } },
    ).lean()
    return row?.effectId.toHexString() ?? ''
  }

  const incoming = (text: string) => ({
    name: 'notes.txt',
    declaredType: 'text/plain',
    bytes: Readable.from([Buffer.from(text)]),
    announcedBytes: null,
    fields: async () => ({ shared: false }),
  })

  it('after its file was stored is not stored again', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const id = await silentAttempt(tenant, key)
    await uploadFile(await callerOf(tenant), incoming('all of it'), id)
    const retry = await upload(tenant, key, fileForm('all of it'))
    expectStatus(retry, 201)
    expect(retry.body.id).toBe(id)
    expect(await files(tenant)).toBe(1)
    expect(await used(tenant)).toMatchObject([{ files: 1, bytes: 9 }])
    expect((await upload(tenant, key, fileForm('all of it'))).headers.get('idempotency-replayed')).toBe(
      'true',
    )
  })

  it('after its file was stored does not answer for other bytes', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const id = await silentAttempt(tenant, key)
    await uploadFile(await callerOf(tenant), incoming('all of it'), id)
    expectProblem(await upload(tenant, key, fileForm('something else')), 422, 'idempotency_mismatch')
    const retry = await upload(tenant, key, fileForm('all of it'))
    expectStatus(retry, 201)
    expect(retry.body.id).toBe(id)
    expect(await files(tenant)).toBe(1)
  })

  it('after its file was stored does not answer for one that is to be shared', async () => {
    const tenant = await freshTenant({ role: 'admin' })
    const key = randomUUID()
    expectStatus(await upload(tenant, key, fileForm('all of it')), 201)
    await IdempotencyRecord.updateOne(
      { clerkId: tenant.clerkId },
      { $set: { reply: null, leaseUntil: new Date(0) } },
    )
    const shared = fileForm('all of it', 'notes.txt', 'text/plain', { shared: 'true' })
    expectProblem(await upload(tenant, key, shared), 422, 'idempotency_mismatch')
  })

  it('halfway is begun anew, and leaves nothing', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const id = await silentAttempt(tenant, key)
    const { account } = await callerOf(tenant)
    const half = await reserveFile(account, { fileId: id, name: 'notes.txt', bytes: 500 })
    await storeBytes(half, half.path, Readable.from([Buffer.from('half of')]), null)
    const retry = await upload(tenant, key, fileForm('half of it'))
    expectStatus(retry, 201)
    expect(retry.body.id).toBe(new Types.ObjectId(id).toHexString())
    expect(await used(tenant)).toMatchObject([{ files: 1, bytes: 10 }])
    const content = await tenant.call('GET', `/api/files/${id}/content`)
    expect(content.body).toBe('half of it')
  })
})
