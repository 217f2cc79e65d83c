import { Types } from 'mongoose'
import { beforeEach, describe, expect, it } from 'vitest'
import { documentsOf } from '../../crashes/harness.ts'
import { type Answer, call, expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { beginUpload, changeRow, expectStored, rowOf } from '../../lib/knowledge/processing.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'

const MINUTE_MS = 60_000
const headers = { Authorization: `Bearer ${services.cronSecret}` }
const daily = () => call('GET', '/api/cron/daily', { headers })

/** A file whose ingestion ended with its process before it stored anything. */
async function stuckFile(tenant: Tenant, fields: Record<string, string> = {}): Promise<string> {
  const fileId = await beginUpload(tenant, 'The clock on the tower is late.', fields)
  await background.drain()
  await changeRow(fileId, { status: 'processing', passagesHash: null, embedded: false, summary: null })
  return fileId
}

beforeEach(async () => {
  await (await documentsOf('knowledgefiles')).deleteMany({})
})

describe('files whose ingestion was interrupted', () => {
  it('are taken up again, of whatever tenant, the shared ones too', async () => {
    const [admin, ...tenants] = await Promise.all([
      freshTenant({ role: 'admin' }),
      freshTenant(),
      freshTenant(),
    ])
    const own = await Promise.all(tenants.map(tenant => stuckFile(tenant)))
    const fileIds = [...own, await stuckFile(admin, { shared: 'true' })]
    await changeRow(fileIds[0] ?? '', { leaseId: 'of a dead process', leaseUntil: new Date(Date.now() - 1) })
    const answer = await daily()
    expectStatus(answer, 200)
    expect(answer.body.files).toEqual({ resumed: 3, failed: 0, remaining: 0 })
    for (const fileId of fileIds) {
      expect(await rowOf(fileId)).toMatchObject({ status: 'ready', embedded: true, leaseId: null })
      await expectStored(fileId, 1)
    }
  })

  it('are left alone while somebody holds them, or while they are put off', async () => {
    const tenant = await freshTenant()
    const [held, putOff] = [await stuckFile(tenant), await stuckFile(tenant)]
    const leaseUntil = new Date(Date.now() + MINUTE_MS)
    await changeRow(held, { leaseId: 'alive', leaseUntil })
    await changeRow(putOff, { leaseId: null, leaseUntil, attempts: 1 })
    expect((await daily()).body.files).toEqual({ resumed: 0, failed: 0, remaining: 2 })
    expect(await rowOf(held)).toMatchObject({ status: 'processing', leaseId: 'alive', leaseUntil })
  })

  it('are told apart by how they end, and one does not stop the others', async () => {
    const tenant = await freshTenant()
    const [good, long, lost] = [await stuckFile(tenant), await stuckFile(tenant), await stuckFile(tenant)]
    await changeRow(long, { size: 6 * 1024 * 1024 })
    await changeRow(lost, { storagePath: new Types.ObjectId().toHexString() })
    expect((await daily()).body.files).toEqual({ resumed: 1, failed: 2, remaining: 0 })
    expect((await rowOf(good)).status).toBe('ready')
    expect(await rowOf(long)).toMatchObject({ status: 'failed', error: 'The text is longer than 5 MiB.' })
    expect(await rowOf(lost)).toMatchObject({ status: 'failed', error: 'The bytes of this file are gone.' })
  })

  it('are each done once by two runs at once', async () => {
    const tenant = await freshTenant()
    const fileIds = [await stuckFile(tenant), await stuckFile(tenant), await stuckFile(tenant)]
    const asked = services.openai.requests().length
    const answers = await Promise.all([daily(), daily()])
    for (const answer of answers) expectStatus(answer, 200)
    const resumed = answers.reduce((sum, { body }: Answer) => sum + body.files.resumed, 0)
    expect(resumed).toBe(3)
    expect(services.openai.requests().length - asked, 'one embedding and one summary each').toBe(6)
    for (const fileId of fileIds) await expectStored(fileId, 1)
  })

  it('wait for the next day when the time is over', async () => {
    const tenant = await freshTenant()
    const fileIds = [await stuckFile(tenant), await stuckFile(tenant), await stuckFile(tenant)]
    const { resumeStuckFiles } = await import('../../../lib/knowledge/resume-files.ts')
    expect(await resumeStuckFiles({ until: new Date() })).toEqual({ resumed: 0, failed: 0, remaining: 3 })
    for (const fileId of fileIds) expect((await rowOf(fileId)).attempts).toBe(0)
    expect(await resumeStuckFiles()).toEqual({ resumed: 3, failed: 0, remaining: 0 })
  })
})

it('a part that fails stops none of the others', async () => {
  const users = await documentsOf('users')
  const tenant = await freshTenant()
  const fileId = await stuckFile(tenant)
  // A query that no index serves is refused.
  for (const index of ['polarCheckAt_1', 'deletedAt_1_plan_1']) await users.dropIndex(index)
  const answer = await daily()
  expectStatus(answer, 200)
  expect(answer.body).toMatchObject({ billing: null, files: { resumed: 1 }, uploads: { swept: 0 } })
  expect((await rowOf(fileId)).status).toBe('ready')
})
