import { randomUUID } from 'node:crypto'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../../lib/db/connect.ts'
import { AuditEntry } from '../../../models/audit-entry.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { PolarEvent } from '../../../models/polar-event.ts'
import { User } from '../../../models/user.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { fileForm } from '../../helpers/files.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { upload } from '../files/stored.ts'
import { billingOf } from '../polar/stored.ts'
import { entriesOf, idOf, patch, reactivate, suspend } from './accounts.ts'
import { deliver, deliverFailing, newClerkId, replayPath, subscription } from './billing-events.ts'

let admin: Tenant
let adminId: string
beforeAll(async () => {
  admin = await freshTenant({ role: 'admin' })
  adminId = await idOf(admin)
})

const replay = (id: string, headers = {}) => admin.call('POST', replayPath(id), { headers })
const shared = { shared: 'true' }
const share = () => upload(admin, 'for all of us', 'all.txt', 'text/plain', shared)

async function expectEntries(id: string, type: string, expected: object[]): Promise<void> {
  const entries = await entriesOf(id)
  expect(entries).toMatchObject(expected.map(entry => ({ target: { type }, note: null, ...entry })))
  for (const { actorId } of entries) expect(actorId.toHexString()).toBe(adminId)
}

const replayed = (from: string, to: string) => ({
  action: 'polar_event.replayed',
  changes: { status: { from, to } },
})
const fileShared = { action: 'file.shared', changes: { name: { from: null, to: 'all.txt' } } }
const fileDeleted = { action: 'shared_file.deleted', changes: { name: { from: 'all.txt', to: null } } }

describe('a replayed billing event is noted', () => {
  it('with its status before and after, once, however many replay it at once', async () => {
    const { clerkId } = await freshTenant()
    const id = await deliverFailing(clerkId)
    const answers = await Promise.all(Array.from({ length: 5 }, () => replay(id)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    await expectEntries(id, 'polar_event', [replayed('failed', 'processed')])
    expect(JSON.stringify(await entriesOf(id))).not.toContain(clerkId)
  })

  it('also when it fails again, or has to wait', async () => {
    const failing = await deliver({ id: null })
    await replay(failing)
    await expectEntries(failing, 'polar_event', [replayed('failed', 'failed')])
    const waiting = await deliverFailing(newClerkId())
    await replay(waiting)
    await replay(waiting)
    await expectEntries(waiting, 'polar_event', [
      replayed('failed', 'pending'),
      replayed('pending', 'pending'),
    ])
  })

  it('once for all attempts with one Idempotency-Key', async () => {
    const id = await deliverFailing((await freshTenant()).clerkId)
    const headers = { 'Idempotency-Key': randomUUID() }
    for (let attempt = 0; attempt < 2; attempt++) expectStatus(await replay(id, headers), 200)
    await expectEntries(id, 'polar_event', [replayed('failed', 'processed')])
  })

  it('not when it is refused, nor when billing itself applies it', async () => {
    const { clerkId } = await freshTenant()
    const id = await deliver(subscription({ externalId: clerkId }))
    expectProblem(await replay(id), 409, 'conflict')
    expectProblem(await replay('507f1f77bcf86cd799439011'), 404, 'not_found')
    expect(await entriesOf(id)).toEqual([])
  })
})

describe('a file that is shared is noted', () => {
  it('when it is uploaded, and when it is deleted', async () => {
    const { id } = await share()
    await expectEntries(id, 'file', [fileShared])
    expectStatus(await admin.call('DELETE', `/api/files/${id}`), 200)
    await expectEntries(id, 'file', [fileShared, fileDeleted])
    expectProblem(await admin.call('DELETE', `/api/files/${id}`), 404, 'not_found')
    expect(await entriesOf(id)).toHaveLength(2)
  })

  it('once for all attempts with one Idempotency-Key, and for all who delete it at once', async () => {
    const headers = { 'Idempotency-Key': randomUUID() }
    const post = () =>
      admin.call('POST', '/api/files', {
        headers,
        body: fileForm('for all', 'all.txt', 'text/plain', shared),
      })
    const [first, again] = [await post(), await post()]
    expectStatus(first, 201)
    expect(again.body.id).toBe(first.body.id)
    await background.drain()
    await Promise.all([1, 2, 3].map(() => admin.call('DELETE', `/api/files/${first.body.id}`)))
    await expectEntries(first.body.id, 'file', [fileShared, fileDeleted])
  })

  it('not one’s own, nor one that may not be shared', async () => {
    const before = await AuditEntry.estimatedDocumentCount()
    const user = await freshTenant()
    for (const tenant of [admin, user]) {
      const { id } = await upload(tenant, 'for me', 'mine.txt')
      expectStatus(await tenant.call('DELETE', `/api/files/${id}`), 200)
    }
    const { headers } = await admin.newKey()
    for (const credential of [user.session, headers]) {
      const body = fileForm('for all', 'all.txt', 'text/plain', shared)
      expectProblem(await call('POST', '/api/files', { headers: credential, body }), 403, 'forbidden')
    }
    expect(await AuditEntry.estimatedDocumentCount()).toBe(before)
  })
})

describe('what cannot be noted does not happen', () => {
  const refuseEntries = async (validator: object) => {
    const { db } = await connect()
    await db?.command({ collMod: 'auditentries', validator })
  }
  afterEach(() => refuseEntries({}))

  it('neither to an account', async () => {
    const tenant = await freshTenant()
    const id = await idOf(tenant)
    await suspend(admin, id, { reason: 'Spam' })
    const stored = () => User.findOne({ clerkId: tenant.clerkId }).lean()
    const before = await stored()
    await refuseEntries({ action: 'nothing' })
    expectProblem(await suspend(admin, id, { reason: 'Fraud' }), 500, 'internal')
    expectProblem(await reactivate(admin, id), 500, 'internal')
    expectProblem(await patch(admin, id, { limits: { files: 1 } }), 500, 'internal')
    expect(await stored()).toEqual(before)
  })

  it('nor to a billing event', async () => {
    const { clerkId } = await freshTenant()
    const id = await deliverFailing(clerkId)
    const stored = async () => [await PolarEvent.findById(id).lean(), await billingOf(clerkId)]
    const before = await stored()
    await refuseEntries({ action: 'nothing' })
    for (const headers of [{}, { 'Idempotency-Key': randomUUID() }])
      expectProblem(await replay(id, headers), 500, 'internal')
    expect(await stored()).toEqual(before)
  })

  it('nor to a shared file', async () => {
    const { id } = await share()
    const files = () => KnowledgeFile.find({ clerkId: null, status: { $ne: 'uploading' } }, { _id: 1 }).lean()
    const before = await files()
    await refuseEntries({ action: 'nothing' })
    const body = fileForm('for all', 'more.txt', 'text/plain', shared)
    expectProblem(await admin.call('POST', '/api/files', { body }), 500, 'internal')
    expectProblem(await admin.call('DELETE', `/api/files/${id}`), 500, 'internal')
    expect(await files()).toEqual(before)
  })
})
