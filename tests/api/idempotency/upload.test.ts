import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import { Types } from 'mongoose'
import { describe, expect, it } from 'vitest'
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

  it('goes on after one that was refused', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const tooLarge = fileForm(new Uint8Array(11 * 1024 * 1024))
    expectProblem(await upload(tenant, key, tooLarge), 413, 'too_large')
    expectStatus(await upload(tenant, key, fileForm('small enough')), 201)
    expect(await used(tenant)).toMatchObject([{ files: 1, bytes: 12 }])
  })
})

describe('an upload whose process ended', () => {
  /** A row as an attempt leaves it that fell silent, with the id of what it was making. */
  async function silentAttempt(tenant: Tenant, key: string): Promise<string> {
    expectProblem(await upload(tenant, key, fileForm(new Uint8Array(11 * 1024 * 1024))), 413, 'too_large')
    const row = await IdempotencyRecord.findOne({ clerkId: tenant.clerkId }).lean()
    return row?.effectId.toHexString() ?? ''
  }

  const incoming = (text: string) => ({
    name: 'notes.txt',
    declaredType: 'text/plain',
    bytes: Readable.from([Buffer.from(text)]),
    announcedBytes: null,
    fields: async () => ({ shared: false }),
  })

  async function callerOf({ clerkId }: Tenant) {
    const account = await findAccount(clerkId)
    if (!account) throw new Error('no account')
    return { kind: 'user' as const, clerkId, account }
  }

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
    expect(await files(tenant)).toBe(1)
  })

  it('halfway is begun anew, and leaves nothing', async () => {
    const tenant = await freshTenant()
    const key = randomUUID()
    const id = await silentAttempt(tenant, key)
    const { account } = await callerOf(tenant)
    const half = await reserveFile(account, { fileId: id, name: 'notes.txt', bytes: 500 })
    await storeBytes(half.storageId, half.path, Readable.from([Buffer.from('half of')]), null)
    const retry = await upload(tenant, key, fileForm('half of it'))
    expectStatus(retry, 201)
    expect(retry.body.id).toBe(new Types.ObjectId(id).toHexString())
    expect(await used(tenant)).toMatchObject([{ files: 1, bytes: 10 }])
    const content = await tenant.call('GET', `/api/files/${id}/content`)
    expect(content.body).toBe('half of it')
  })
})
