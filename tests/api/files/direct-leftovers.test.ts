import { setTimeout as sleep } from 'node:timers/promises'
import { Types } from 'mongoose'
import { afterAll, describe, expect, it } from 'vitest'
import { SWEPT_FIELDS, sweepUpload } from '../../../lib/knowledge/internal/dead-uploads.ts'
import { sweepAllUploads } from '../../../lib/knowledge/sweep-uploads.ts'
import { readCounters } from '../../../lib/limits/counters.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { noS3Server, startS3 } from '../../helpers/s3-server.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { begin, complete, put, sent, text } from './direct.ts'
import { collection, download, expectExactCharge, upload } from './stored.ts'

const s3 = noS3Server ? null : await startS3()
Object.assign(process.env, s3?.environment)
afterAll(() => s3?.stop())
const leftovers = async () => (await s3?.leftovers()) ?? []

const MINUTE_MS = 60_000
const age = async (fileId: string, byMs: number) =>
  (await collection('knowledgefiles')).updateOne({ _id: new Types.ObjectId(fileId) }, [
    {
      $set: {
        createdAt: { $subtract: ['$createdAt', byMs] },
        abandonedAt: { $subtract: ['$abandonedAt', byMs] },
      },
    },
  ])

describe.skipIf(noS3Server)('what a direct upload leaves', () => {
  it('stays as long as bytes may arrive, and not longer', async () => {
    const tenant = await freshTenant()
    const before = await leftovers()
    const fileId = await sent(tenant, text)
    await age(fileId, 23 * 60 * MINUTE_MS)
    await sweepAllUploads()
    expect((await readCounters(tenant.clerkId)).files).toBe(1)
    await age(fileId, 61 * MINUTE_MS)
    expectProblem(await complete(tenant, fileId), 404, 'not_found')
    await age(fileId, 15 * MINUTE_MS)
    await sweepAllUploads()
    expect(await readCounters(tenant.clerkId)).toMatchObject({ files: 0, bytes: 0 })
    expect(await leftovers()).toEqual(before)
  })

  it('goes with the tenant’s next upload', async () => {
    const tenant = await freshTenant()
    await age(await sent(tenant, text), 25 * 60 * MINUTE_MS)
    const file = await upload(tenant, 'whole')
    expect(await readCounters(tenant.clerkId)).toMatchObject({ files: 1, bytes: 5 })
    await tenant.call('DELETE', `/api/files/${file.id}`)
  })

  it('takes no room through its address once the file is deleted', async () => {
    const tenant = await freshTenant()
    const before = await leftovers()
    const to = await begin(tenant, text)
    await put(to, text)
    expectStatus(await complete(tenant, to.fileId), 201)
    await background.drain()
    expectStatus(await tenant.call('DELETE', `/api/files/${to.fileId}`), 200)
    expect(await readCounters(tenant.clerkId)).toMatchObject({ files: 0, bytes: 0 })
    const blocked = await leftovers()
    expect((await put(to, text)).status).toBe(412)
    expect(await leftovers()).toEqual(blocked)
    const rows = await collection('knowledgefiles')
    const [remains] = await rows.find({ clerkId: tenant.clerkId }).toArray()
    await age(String(remains?._id), 25 * 60 * MINUTE_MS)
    await sweepAllUploads()
    expect(await leftovers()).toEqual(before)
    expect(await rows.countDocuments({ clerkId: tenant.clerkId })).toBe(0)
    expect(await readCounters(tenant.clerkId)).toMatchObject({ files: 0, bytes: 0 })
  })

  it('can be given up, before or after the bytes came, by its owner alone', async () => {
    const tenant = await freshTenant()
    const strangers = [await freshTenant(), await freshTenant({ role: 'admin' })]
    for (const isSent of [false, true]) {
      const before = await leftovers()
      const to = await begin(tenant, text)
      if (isSent) await put(to, text)
      for (const stranger of strangers)
        expectProblem(await stranger.call('DELETE', `/api/files/${to.fileId}`), 404, 'not_found')
      expect((await readCounters(tenant.clerkId)).files).toBe(1)
      expectStatus(await tenant.call('DELETE', `/api/files/${to.fileId}`), 200)
      expect(await readCounters(tenant.clerkId)).toMatchObject({ files: 0, bytes: 0 })
      expect((await put(to, text)).status).toBe(412)
      expectProblem(await complete(tenant, to.fileId), 404, 'not_found')
      expectProblem(await tenant.call('DELETE', `/api/files/${to.fileId}`), 404, 'not_found')
      const rows = await collection('knowledgefiles')
      const [remains] = await rows.find({ clerkId: tenant.clerkId }).toArray()
      await age(String(remains?._id), 25 * 60 * MINUTE_MS)
      await sweepAllUploads()
      expect(await leftovers()).toEqual(before)
    }
    expect(await readCounters(tenant.clerkId)).toMatchObject({ files: 0, bytes: 0 })
  })

  it('keeps its bytes when it is completed between being found and being swept', async () => {
    const tenant = await freshTenant()
    const fileId = await sent(tenant, text)
    const [found] = await KnowledgeFile.find({ clerkId: tenant.clerkId, status: 'uploading' }).lean()
    if (!found) throw new Error('no upload')
    expectStatus(await complete(tenant, fileId), 201)
    expect(await sweepUpload(found)).toBe('left')
    await background.drain()
    expect((await download(tenant, fileId)).bytes.equals(text)).toBe(true)
    await expectExactCharge(tenant)
  })

  it('is swept or completed, whichever comes first, never both', async () => {
    const tenant = await freshTenant()
    for (let round = 0; round < 8; round++) {
      const fileId = await sent(tenant, text)
      await age(fileId, 24 * 60 * MINUTE_MS - 400)
      const completing = sleep(round * 15).then(() => complete(tenant, fileId))
      const upload = { _id: new Types.ObjectId(fileId), clerkId: tenant.clerkId }
      const found = await KnowledgeFile.findOne(upload, SWEPT_FIELDS).lean()
      await sleep(40)
      if (found) await sweepUpload(found)
      const { status, body } = await completing
      if (status === 201) expect((await download(tenant, body.id)).bytes.equals(text)).toBe(true)
      else expect([404, 409]).toContain(status)
    }
    await background.drain()
    await expectExactCharge(tenant)
  })
})
