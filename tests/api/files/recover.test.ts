import { Readable } from 'node:stream'
import { Types } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { reserveFile } from '../../../lib/knowledge/internal/reservation.ts'
import { storeBytes } from '../../../lib/knowledge/internal/store-bytes.ts'
import { sweepAllUploads } from '../../../lib/knowledge/sweep-uploads.ts'
import { uploadFile } from '../../../lib/knowledge/upload-file.ts'
import { findAccount } from '../../../lib/users/account.ts'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { collection, expectExactCharge, leavingNothing, snapshot, upload } from './stored.ts'

const MINUTE_MS = 60_000

/** An upload as it lies there when the process ended between its bytes and its settlement, `ageMs` ago. */
async function abandonedUpload({ clerkId }: Tenant, ageMs: number): Promise<string> {
  const account = await findAccount(clerkId)
  if (!account) throw new Error('no account')
  const place = await reserveFile(account, { fileId: null, name: 'half.txt', bytes: 1_000 })
  const { fileId, path } = place
  await storeBytes(place, path, Readable.from([Buffer.from('half of it')]), null)
  const createdAt = new Date(Date.now() - ageMs)
  await (await collection('knowledgefiles')).updateOne({ path }, { $set: { createdAt } })
  return fileId
}

describe('an upload whose process ended', () => {
  it('is swept with bytes and charge by the tenant’s next upload', async () => {
    const tenant = await freshTenant()
    await abandonedUpload(tenant, 16 * MINUTE_MS)
    await upload(tenant, 'whole')
    expect(await snapshot(tenant)).toMatchObject({ 'charged files': 1, 'charged bytes': 5 })
    const names = await (await collection('files.files')).find({}).toArray()
    expect(names.filter(({ filename }) => filename.endsWith('half.txt'))).toEqual([])
    await expectExactCharge(tenant)
  })

  it('is left alone while it may still be arriving', async () => {
    const tenant = await freshTenant()
    await abandonedUpload(tenant, 14 * MINUTE_MS)
    await upload(tenant, 'whole')
    expect(await snapshot(tenant)).toMatchObject({ 'charged files': 2, 'charged bytes': 1_005 })
  })

  it('of another tenant is not touched', async () => {
    const [victim, tenant] = [await freshTenant(), await freshTenant()]
    await abandonedUpload(victim, 60 * MINUTE_MS)
    await leavingNothing(victim, async () => {
      const file = await upload(tenant, 'mine')
      await tenant.call('DELETE', `/api/files/${file.id}`)
    })
  })

  it('is found by the daily sweep, whoever’s it is, and by two of them at once', async () => {
    const tenants = [await freshTenant(), await freshTenant()] as const
    await sweepAllUploads()
    const before = await Promise.all(tenants.map(tenant => snapshot(tenant)))
    for (const tenant of tenants) await abandonedUpload(tenant, 16 * MINUTE_MS)
    await Promise.all([sweepAllUploads(), sweepAllUploads()])
    expect(await Promise.all(tenants.map(tenant => snapshot(tenant)))).toEqual(before)
    expect(await sweepAllUploads()).toEqual({ swept: 0 })
  })

  it('may still write after a retry took its place: that is swept too', async () => {
    const tenant = await freshTenant()
    const before = await snapshot(tenant)
    const account = await findAccount(tenant.clerkId)
    if (!account) throw new Error('no account')
    const id = new Types.ObjectId().toHexString()
    const slow = await reserveFile(account, { fileId: id, name: 'a.bin', bytes: 500 })
    const caller = { kind: 'user' as const, clerkId: tenant.clerkId, account }
    const bytes = Readable.from([Buffer.from([0, 1, 2])])
    const arriving = { name: 'a.bin', declaredType: '', bytes, announcedBytes: null }
    const file = await uploadFile(caller, { ...arriving, fields: async () => ({ shared: false }) }, id)
    await storeBytes(slow, slow.path, Readable.from([Buffer.from('too late')]), null)
    await sweepAllUploads()
    const rows = await collection('knowledgefiles')
    expect(await rows.countDocuments({ clerkId: tenant.clerkId })).toBe(2)
    const createdAt = new Date(Date.now() - 16 * MINUTE_MS)
    await rows.updateMany({ clerkId: tenant.clerkId, status: 'uploading' }, { $set: { createdAt } })
    expect(await sweepAllUploads()).toEqual({ swept: 1 })
    await expectExactCharge(tenant)
    expectStatus(await tenant.call('DELETE', `/api/files/${file.id}`), 200)
    expect(await snapshot(tenant)).toEqual(before)
  })

  it('does not hide others from the daily sweep, however many cannot be removed', async () => {
    const tenant = await freshTenant()
    const rows = await collection('knowledgefiles')
    const old = new Date(Date.now() - 60 * MINUTE_MS)
    const row = { clerkId: 'user_gone', status: 'uploading', storageProvider: 's3', createdAt: old }
    const stuck = Array.from({ length: 1_001 }, (_, i) => ({
      ...row,
      path: `stuck-${i}`,
      storagePath: `${i}`,
    }))
    await rows.insertMany(stuck)
    await abandonedUpload(tenant, 16 * MINUTE_MS)
    expect(await sweepAllUploads()).toEqual({ swept: 1 })
    await rows.deleteMany({ clerkId: 'user_gone' })
    await expectExactCharge(tenant)
  })

  it('is another one under the same id when its name is another', async () => {
    const tenant = await freshTenant()
    const account = await findAccount(tenant.clerkId)
    if (!account) throw new Error('no account')
    const caller = { kind: 'user' as const, clerkId: tenant.clerkId, account }
    const id = new Types.ObjectId().toHexString()
    const send = (name: string) => {
      const bytes = Readable.from([Buffer.from([0, 1, 2])])
      const arriving = { name, declaredType: '', bytes, announcedBytes: null }
      return uploadFile(caller, { ...arriving, fields: async () => ({ shared: false }) }, id)
    }
    const first = await send('a.bin')
    expect(await send('a.bin')).toEqual(first)
    await expect(send('b.bin')).rejects.toMatchObject({ code: 'idempotency_mismatch' })
  })

  it('is never shown', async () => {
    const tenant = await freshTenant()
    const fileId = await abandonedUpload(tenant, MINUTE_MS)
    expect((await tenant.call('GET', `/api/files/${fileId}`)).status).toBe(404)
    expect((await tenant.call('GET', '/api/files')).body.data).toEqual([])
  })
})

describe('a file whose ingestion ended with its process', () => {
  const interrupt = async (path: string, leaseUntil: Date | null) =>
    (await collection('knowledgefiles')).updateOne(
      { path },
      { $set: { status: 'processing', embedded: false, leaseUntil } },
    )

  it.each([
    ['before it took the lease', null],
    ['while it held a lease that is over', new Date(Date.now() - 1)],
  ])('%s is taken up again when its owner asks', async (_when, leaseUntil) => {
    const tenant = await freshTenant()
    const file = await upload(tenant, 'The lamp stands on the table.')
    await interrupt(file.path, leaseUntil)
    expect((await tenant.call('GET', `/api/files/${file.id}`)).body.status).toBe('processing')
    await background.drain()
    const again = await tenant.call('GET', `/api/files/${file.id}`)
    expect(again.body).toMatchObject({ status: 'ready', embedded: true, chunks: 1 })
    const chunks = await collection('knowledgechunks')
    expect(await chunks.countDocuments({ clerkId: tenant.clerkId })).toBe(1)
  })

  it('is not started twice while another run holds its lease', async () => {
    const tenant = await freshTenant()
    const file = await upload(tenant, 'The lamp stands on the table.')
    await interrupt(file.path, new Date(Date.now() + MINUTE_MS))
    await tenant.call('GET', `/api/files/${file.id}`)
    await background.drain()
    expect((await tenant.call('GET', `/api/files/${file.id}`)).body.status).toBe('processing')
  })
})
