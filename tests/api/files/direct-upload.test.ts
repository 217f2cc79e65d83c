import { randomBytes, randomUUID } from 'node:crypto'
import { Types } from 'mongoose'
import { afterAll, describe, expect, it } from 'vitest'
import { readCounters } from '../../../lib/limits/counters.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { noS3Server, startS3 } from '../../helpers/s3-server.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { begin, complete, presign, put, sent, text } from './direct.ts'
import { collection, download, expectExactCharge, leavingNothing, PNG, setLimits, sha256 } from './stored.ts'

const s3 = noS3Server ? null : await startS3()
Object.assign(process.env, s3?.environment)
afterAll(() => s3?.stop())

const MINUTE_MS = 60_000

describe.skipIf(noS3Server)('a direct upload', () => {
  it('goes from the address to a file that is read like any other', async () => {
    const tenant = await freshTenant()
    const to = await presign(tenant, { name: 'Ships.txt', size: text.byteLength, mimeType: 'text/plain' })
    expectStatus(to, 201)
    expect(to.body).toMatchObject({ method: 'PUT', headers: { 'Content-Type': 'text/plain' } })
    expect(Date.parse(to.body.expiresAt) - Date.now()).toBeGreaterThan(59 * MINUTE_MS)
    expect(await readCounters(tenant.clerkId)).toMatchObject({ files: 1, bytes: text.byteLength })
    expect((await tenant.call('GET', `/api/files/${to.body.fileId}`)).status).toBe(404)
    expect((await put(to.body, text)).status).toBe(200)

    const answer = await complete(tenant, to.body.fileId)
    expectStatus(answer, 201)
    expect(answer.body).toMatchObject({
      id: to.body.fileId,
      name: 'Ships.txt',
      size: text.byteLength,
      mimeType: 'text/plain',
      sha256: sha256(text),
      shared: false,
    })
    await background.drain()
    const ready = await tenant.call('GET', `/api/files/${to.body.fileId}`)
    expect(ready.body).toMatchObject({ status: 'ready', embedded: true, chunks: 1 })
    expect((await download(tenant, to.body.fileId)).bytes.equals(text)).toBe(true)
    await expectExactCharge(tenant)
  })

  it('has 40 MiB', async () => {
    const tenant = await freshTenant({ plan: 'professional' })
    const bytes = randomBytes(40 * 1024 * 1024)
    const fileId = await sent(tenant, bytes, { mimeType: 'video/mp4' })
    const answer = await complete(tenant, fileId)
    expectStatus(answer, 201)
    expect(answer.body).toMatchObject({ status: 'ready', size: bytes.byteLength, sha256: sha256(bytes) })
    const part = await download(tenant, fileId, { Range: 'bytes=20000000-20000009' })
    expect(part.bytes.equals(bytes.subarray(20_000_000, 20_000_010))).toBe(true)
  })

  it('takes no other size, type or second time than the address was made for', async () => {
    const tenant = await freshTenant()
    const to = await begin(tenant, text)
    expect((await put(to, text.subarray(1))).status).toBe(403)
    expect((await put(to, Buffer.concat([text, text]))).status).toBe(403)
    expect((await put(to, text, { ...to.headers, 'Content-Type': 'text/html' })).status).toBe(403)
    expectProblem(await complete(tenant, to.fileId), 409, 'conflict')
    expect((await put(to, text)).status).toBe(200)
    expect((await put(to, text)).status).toBe(412)
    expectStatus(await complete(tenant, to.fileId), 201)
  })

  it('whose bytes are not what their type says is what they are', async () => {
    const tenant = await freshTenant()
    const answer = await complete(tenant, await sent(tenant, PNG, { name: 'a.txt' }))
    expect(answer.body).toMatchObject({ mimeType: 'image/png', status: 'ready', embedded: false })
  })

  it('is complete once, however often and by how many at once it is said', async () => {
    const tenant = await freshTenant()
    const fileId = await sent(tenant, text)
    const answers = await Promise.all(Array.from({ length: 6 }, () => complete(tenant, fileId)))
    for (const answer of answers) expectStatus(answer, 201)
    expect(new Set(answers.map(({ body }) => body.sha256)).size).toBe(1)
    await background.drain()
    expectStatus(await complete(tenant, fileId), 201)
    await expectExactCharge(tenant)
    const chunks = await collection('knowledgechunks')
    expect(await chunks.countDocuments({ clerkId: tenant.clerkId })).toBe(1)
  })

  it('cannot be completed before its bytes are there, and can afterwards', async () => {
    const tenant = await freshTenant()
    const to = await begin(tenant, text)
    const early = await complete(tenant, to.fileId)
    expectProblem(early, 409, 'conflict')
    expect(early.body.detail).toContain('not arrived')
    expect(early.headers.get('retry-after')).toBe('2')
    await put(to, text)
    expectStatus(await complete(tenant, to.fileId), 201)
  })

  it('can be completed under one Idempotency-Key as soon as its bytes are there', async () => {
    const tenant = await freshTenant()
    const to = await begin(tenant, text)
    const headers = { 'Idempotency-Key': randomUUID() }
    const path = `/api/files?action=complete&fileId=${to.fileId}`
    expectProblem(await tenant.call('POST', path, { headers }), 409, 'conflict')
    await put(to, text)
    const done = await tenant.call('POST', path, { headers })
    expectStatus(done, 201)
    const again = await tenant.call('POST', path, { headers })
    expect([again.body, again.headers.get('idempotency-replayed')]).toEqual([done.body, 'true'])
  })

  it('is nobody else’s', async () => {
    const [owner, other, admin] = [
      await freshTenant(),
      await freshTenant(),
      await freshTenant({ role: 'admin' }),
    ]
    const fileId = await sent(owner, text)
    for (const stranger of [other, admin]) expectProblem(await complete(stranger, fileId), 404, 'not_found')
    expectStatus(await complete(owner, fileId), 201)
    for (const stranger of [other, admin]) expectProblem(await complete(stranger, fileId), 404, 'not_found')
  })

  it('is not what an upload by multipart is, while that is under way', async () => {
    const tenant = await freshTenant()
    const _id = new Types.ObjectId()
    const place = { storageProvider: 's3', storagePath: 'uploads/x', path: `uploads/${_id}-x`, name: 'x' }
    const row = { _id, clerkId: tenant.clerkId, uploadedBy: tenant.clerkId, status: 'uploading', ...place }
    await (await collection('knowledgefiles')).insertOne({ ...row, createdAt: new Date(), reservedBytes: 0 })
    expectProblem(await complete(tenant, _id.toHexString()), 404, 'not_found')
    await (await collection('knowledgefiles')).deleteOne({ _id })
  })

  it('of an admin may be shared, of nobody else', async () => {
    const [tenant, admin] = [await freshTenant(), await freshTenant({ role: 'admin' })]
    const shared = { name: 'a.txt', size: text.byteLength, shared: true }
    const refused = await leavingNothing(tenant, () => presign(tenant, shared))
    expectProblem(refused, 403, 'forbidden')
    const answer = await complete(admin, await sent(admin, text, { shared: true }))
    expect(answer.body.shared).toBe(true)
    await background.drain()
    expectStatus(await tenant.call('GET', `/api/files/${answer.body.id}`), 200)
    expectStatus(await admin.call('DELETE', `/api/files/${answer.body.id}`), 200)
    expect(await readCounters(admin.clerkId)).toMatchObject({ files: 0, bytes: 0 })
  })
})

describe.skipIf(noS3Server)('the limits of a direct upload', () => {
  it.each([
    ['one byte more than a file may have', { bytesPerFile: 100 }, 101, 413, 'too_large'],
    ['one byte more than there is room for', { bytes: 100 }, 101, 403, 'limit_reached'],
    ['one file more than there may be', { files: 0 }, 1, 403, 'limit_reached'],
  ])('refuse %s', async (_kind, limits, size, status, code) => {
    const tenant = await freshTenant()
    await setLimits(tenant, limits)
    const answer = await leavingNothing(tenant, () => presign(tenant, { name: 'a.bin', size }))
    expectProblem(answer, status, code)
  })

  it.each([
    ['no name', { name: '', size: 1 }],
    ['a name of control characters', { name: '\u0001', size: 1 }],
    ['no byte', { name: 'a', size: 0 }],
    ['half a byte', { name: 'a', size: 0.5 }],
  ])('refuse %s', async (_kind, json) => {
    const tenant = await freshTenant()
    expectProblem(await leavingNothing(tenant, () => presign(tenant, json)), 400, 'invalid_input')
  })

  it('let exactly as many begin as there is room for', async () => {
    const tenant = await freshTenant()
    await setLimits(tenant, { files: 3 })
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => presign(tenant, { name: 'a', size: 5 })),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3)
    expect(await readCounters(tenant.clerkId)).toMatchObject({ files: 3, bytes: 15 })
  })
})

describe.skipIf(noS3Server)('a direct upload that is begun twice under one Idempotency-Key', () => {
  it('is one upload', async () => {
    const tenant = await freshTenant()
    const key = { 'Idempotency-Key': randomUUID() }
    const json = { name: 'a.txt', size: text.byteLength, mimeType: 'text/plain' }
    const [first, again] = [await presign(tenant, json, key), await presign(tenant, json, key)]
    expect(again.body).toEqual(first.body)
    expect((await readCounters(tenant.clerkId)).files).toBe(1)
  })

  it('is one upload also when the first answer was lost with its process', async () => {
    const tenant = await freshTenant()
    const key = { 'Idempotency-Key': randomUUID() }
    const json = { name: 'a.txt', size: text.byteLength, mimeType: 'text/plain' }
    const first = await presign(tenant, json, key)
    const { IdempotencyRecord } = await import('../../../models/idempotency-record.ts')
    const lost = { $set: { reply: null, leaseUntil: new Date(0) } }
    await IdempotencyRecord.updateOne({ clerkId: tenant.clerkId }, lost)
    const again = await presign(tenant, json, key)
    expectStatus(again, 201)
    expect(again.body.fileId).toBe(first.body.fileId)
    expect((await readCounters(tenant.clerkId)).files).toBe(1)
    expect((await put(again.body, text)).status).toBe(200)
    expectStatus(await complete(tenant, again.body.fileId), 201)
  })
})
