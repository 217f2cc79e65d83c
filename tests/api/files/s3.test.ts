import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { Types } from 'mongoose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reserveFile } from '../../../lib/knowledge/internal/reservation.ts'
import { storageOf } from '../../../lib/knowledge/internal/storage/storage.ts'
import { storeBytes } from '../../../lib/knowledge/internal/store-bytes.ts'
import { sweepAllUploads } from '../../../lib/knowledge/sweep-uploads.ts'
import { readCounters } from '../../../lib/limits/counters.ts'
import { findAccount } from '../../../lib/users/account.ts'
import { type RunningServer, serveRouter } from '../../../scripts/server/serve.ts'
import { sourceRouter } from '../../../scripts/server/source-router.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { fileForm } from '../../helpers/files.ts'
import { noS3Server, startS3 } from '../../helpers/s3-server.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { collection, download, rawForm, sha256, upload } from './stored.ts'

const MiB = 1024 * 1024
const s3 = noS3Server ? null : await startS3()
Object.assign(process.env, s3?.environment)
let server: RunningServer
beforeAll(async () => {
  server = await serveRouter(await sourceRouter(join(import.meta.dirname, '..', '..', '..')), 0)
})
afterAll(async () => {
  await server.close()
  await s3?.stop()
})

/** What lies in the bucket, the database and the quota. */
async function everything({ clerkId }: Tenant) {
  const rows = await (await collection('knowledgefiles')).countDocuments({ clerkId })
  const { files, bytes } = await readCounters(clerkId)
  return { objects: (await s3?.leftovers())?.toSorted(), rows, files, bytes }
}

const filePart = { disposition: 'name="file"; filename="big.bin"', type: 'video/mp4' }

describe.skipIf(noS3Server)('files in a bucket', () => {
  it.each([
    ['small', 1_000],
    ['in parts', 12 * MiB + 5],
  ])('come back as they went: %s', async (_size, size) => {
    const tenant = await freshTenant({ plan: 'professional' })
    const before = await everything(tenant)
    const bytes = randomBytes(size)
    const file = await upload(tenant, bytes, 'a.bin', 'video/mp4')
    expect(file).toMatchObject({ size, sha256: sha256(bytes), mimeType: 'video/mp4' })
    const row = await (await collection('knowledgefiles')).findOne({
      _id: new Types.ObjectId(String(file.id)),
    })
    expect(row).toMatchObject({
      storageProvider: 's3',
      storagePath: expect.stringMatching(/^uploads\/.+-a\.bin$/),
    })

    expect((await download(tenant, file.id)).bytes.equals(bytes)).toBe(true)
    const part = await download(tenant, file.id, { Range: 'bytes=-500' })
    expect(part.status).toBe(206)
    expect(part.headers.get('content-range')).toBe(`bytes ${size - 500}-${size - 1}/${size}`)
    expect(part.bytes.equals(bytes.subarray(size - 500))).toBe(true)
    expect((await download(tenant, file.id, { Range: `bytes=${size}-` })).status).toBe(416)
    expectStatus(await tenant.call('DELETE', `/api/files/${file.id}`), 200)
    expect(await everything(tenant)).toEqual(before)
  })

  it('are ingested', async () => {
    const tenant = await freshTenant()
    const file = await upload(tenant, 'The lighthouse keeper counts ships.')
    expect(file).toMatchObject({ status: 'ready', embedded: true, chunks: 1 })
  })

  it('leave those alone that lie in the database', async () => {
    const tenant = await freshTenant()
    const { clerkId } = tenant
    const [_id, key] = [new Types.ObjectId(), new Types.ObjectId().toHexString()]
    const old = await storageOf('mongodb_gridfs')
    await old.write(key, 'old.bin', Readable.from([Buffer.from('old bytes')]))
    const row = { _id, clerkId, path: `uploads/${key}`, name: 'old.bin', size: 9, storagePath: key }
    await (await collection('knowledgefiles')).insertOne({ ...row, createdAt: new Date() })
    expect((await download(tenant, _id.toHexString())).bytes.toString()).toBe('old bytes')
    expectStatus(await tenant.call('DELETE', `/api/files/${_id.toHexString()}`), 200)
    expect(await (await collection('files.files')).countDocuments({})).toBe(0)
  })

  it('were there before this API', async () => {
    const tenant = await freshTenant()
    const { clerkId } = tenant
    const _id = new Types.ObjectId()
    const storagePath = `some folder/été ${_id}.bin`
    const bucket = await storageOf('s3')
    await bucket.write(storagePath, 'old.bin', Readable.from([Buffer.from('old bytes')]))
    const row = { _id, clerkId, path: storagePath, name: 'old.bin', size: 9, storagePath }
    const provider = { storageProvider: 's3', createdAt: new Date() }
    await (await collection('knowledgefiles')).insertOne({ ...row, ...provider })
    expect((await download(tenant, _id.toHexString())).bytes.toString()).toBe('old bytes')
    expect((await download(tenant, _id.toHexString(), { Range: 'bytes=4-8' })).bytes.toString()).toBe('bytes')
    await bucket.remove(storagePath)
    const answer = await tenant.call('GET', `/api/files/${_id.toHexString()}/content`)
    expectProblem(answer, 404, 'not_found')
  })

  it('of another provider’s bucket are not looked for in this one', async () => {
    const tenant = await freshTenant()
    const { id } = await upload(tenant, 'bytes in R2')
    const rows = await collection('knowledgefiles')
    const row = { _id: new Types.ObjectId(String(id)) }
    await rows.updateOne(row, { $set: { storageProvider: 'cloudflare_r2' } })
    const before = await everything(tenant)
    for (const [method, path] of [
      ['GET', `/api/files/${id}/content`],
      ['DELETE', `/api/files/${id}`],
    ] as const) {
      const answer = await tenant.call(method, path)
      expectProblem(answer, 503, 'not_configured')
      expect(answer.body.detail).toContain('cloudflare_r2')
    }
    expect(await everything(tenant)).toEqual(before)
  })
})

describe.skipIf(noS3Server)('a direct download', () => {
  const name = "Été (1) 'x'.txt"
  const address = async (tenant: Tenant, id: string, headers = {}) =>
    tenant.call('GET', `/api/files/${id}/content?direct=true`, { headers })

  it('names an address of the bucket that needs no session', async () => {
    const tenant = await freshTenant()
    const bytes = Buffer.from('The lighthouse keeper counts ships.')
    const file = await upload(tenant, bytes, name)
    const answer = await address(tenant, file.id)
    expectStatus(answer, 302)
    expect(answer.body).toBe('')
    expect(answer.headers.get('cache-control')).toContain('no-store')
    const location = answer.headers.get('location') ?? ''
    expect(new URL(location).searchParams.get('X-Amz-Expires')).toBe('300')
    const got = await fetch(location)
    const through = await download(tenant, file.id)
    expect(Buffer.from(await got.arrayBuffer()).equals(bytes)).toBe(true)
    for (const header of ['content-type', 'content-disposition'])
      expect(got.headers.get(header)).toBe(through.headers.get(header))
    const part = await fetch(location, { headers: { Range: 'bytes=4-13' } })
    expect([part.status, await part.text()]).toEqual([206, 'lighthouse'])
  })

  it('is followed by whoever follows', async () => {
    const tenant = await freshTenant()
    const { id } = await upload(tenant, 'followed')
    const got = await fetch(`${server.url}/api/files/${id}/content?direct=true`, { headers: tenant.session })
    expect([got.redirected, await got.text()]).toEqual([true, 'followed'])
  })

  it('is nobody else’s, and not needed for bytes that the client has', async () => {
    const tenant = await freshTenant()
    const { id, sha256: tag } = await upload(tenant, 'mine')
    expectProblem(await address(await freshTenant(), id), 404, 'not_found')
    expectStatus(await address(tenant, id, { 'If-None-Match': `"${tag}"` }), 304)
    expectStatus(await tenant.call('GET', `/api/files/${id}/content?direct=false`), 200)
    expectProblem(await tenant.call('GET', `/api/files/${id}/content?direct=perhaps`), 400, 'invalid_input')
  })
})

describe.skipIf(noS3Server)('an upload into a bucket leaves nothing', () => {
  it.each([
    ['before a part is full', 3],
    ['in its second part', 7],
    ['in its third part', 13],
  ])('when its client goes away %s', async (_when, mebibytes) => {
    const tenant = await freshTenant({ plan: 'professional' })
    const before = await everything(tenant)
    const { body, headers } = rawForm([{ ...filePart, content: randomBytes(16 * MiB) }])
    const sent = request(`${server.url}/api/files`, {
      method: 'POST',
      headers: { ...tenant.session, ...headers },
    })
    const gone = new Promise(resolve => sent.on('close', resolve))
    sent.on('error', () => {})
    await new Promise(written => sent.write(body.subarray(0, mebibytes * MiB), written))
    const arrived = async () => {
      const { objects = [], files } = await everything(tenant)
      return { parts: objects.length - (before.objects?.length ?? 0), files }
    }
    const expected = { parts: Math.floor(mebibytes / 5), files: 1 }
    await expect.poll(arrived, { timeout: 10_000 }).toEqual(expected)
    sent.destroy()
    await gone
    await expect.poll(() => everything(tenant), { timeout: 10_000 }).toEqual(before)
  })

  it('when it is too large', async () => {
    const tenant = await freshTenant()
    const before = await everything(tenant)
    const { body, headers } = rawForm([{ ...filePart, content: Buffer.alloc(12 * MiB) }])
    const answer = await tenant.call('POST', '/api/files', {
      body: Readable.toWeb(
        Readable.from([body.subarray(0, 6 * MiB), body.subarray(6 * MiB)]),
      ) as ReadableStream,
      headers,
    })
    expectProblem(answer, 413, 'too_large')
    expect(await everything(tenant)).toEqual(before)
  })

  it('when its process ended, once it is swept', async () => {
    const tenant = await freshTenant({ plan: 'professional' })
    const account = await findAccount(tenant.clerkId)
    if (!account) throw new Error('no account')
    const before = await everything(tenant)
    for (const size of [100, 11 * MiB]) {
      const place = await reserveFile(account, { fileId: null, name: 'half.bin', bytes: size })
      const breaking = async function* () {
        yield randomBytes(size)
        if (size > MiB) throw new Error('killed')
      }
      await storeBytes(place, place.path, Readable.from(breaking()), null).catch(() => {})
    }
    await sweepAllUploads()
    expect((await everything(tenant)).rows).toBe(2)
    const anHourAgo = { $set: { createdAt: new Date(Date.now() - 3_600_000) } }
    await (await collection('knowledgefiles')).updateMany({ clerkId: tenant.clerkId }, anHourAgo)
    const swept = await Promise.all([sweepAllUploads(), sweepAllUploads()])
    expect(swept.reduce((sum, { swept: count }) => sum + count, 0)).toBeGreaterThanOrEqual(2)
    expect(await everything(tenant)).toEqual(before)
  })
})

describe.skipIf(noS3Server)('a bucket that cannot be reached', () => {
  it('is 503 for whoever sends, fetches, deletes or completes', async () => {
    const tenant = await freshTenant()
    const file = await upload(tenant, 'text')
    const presigned = await tenant.call('POST', '/api/files?action=presign', { json: { name: 'a', size: 4 } })
    const charged = await readCounters(tenant.clerkId)
    await s3?.stop()
    const answers = [
      await tenant.call('POST', '/api/files', { body: fileForm('text') }),
      await tenant.call('GET', `/api/files/${file.id}/content`),
      await tenant.call('DELETE', `/api/files/${file.id}`),
      await tenant.call('POST', `/api/files?action=complete&fileId=${presigned.body.fileId}`),
    ]
    for (const answer of answers) expectProblem(answer, 503, 'unavailable')
    expect(await readCounters(tenant.clerkId)).toEqual(charged)
    // What the failed upload sent may land yet: that is left to the sweep.
    const rows = await collection('knowledgefiles')
    const remains = { clerkId: tenant.clerkId, status: 'uploading', uploadedBy: null }
    expect(await rows.countDocuments(remains)).toBe(1)
    expectStatus(await tenant.call('GET', `/api/files/${file.id}`), 200)
  })
})
