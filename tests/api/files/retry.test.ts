import { describe, expect, it } from 'vitest'
import { ingestFile } from '../../../lib/knowledge/ingest-file.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { changeRow, expectStored, rowOf } from '../../lib/knowledge/processing.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'
import { upload } from './stored.ts'

const TEXT = 'The well is deep. Nobody drinks from it.'
const pathOf = (fileId: string) => `/api/files/${fileId}?action=retry`

/** A file that failed, though there is nothing wrong with it any more. */
async function failedFile(tenant: Tenant, fields: Record<string, string> = {}): Promise<string> {
  const { id } = await upload(tenant, TEXT, 'well.txt', 'text/plain', fields)
  await changeRow(id, { status: 'processing', attempts: 5 })
  expect(await ingestFile(id, fields.shared ? null : tenant.clerkId)).toBe('failed')
  return id
}

describe('a failed file', () => {
  it('is processed again and comes out ready', async () => {
    const tenant = await freshTenant()
    const fileId = await failedFile(tenant)
    const answer = await tenant.call('POST', pathOf(fileId))
    expectStatus(answer, 202)
    expect(answer.body).toMatchObject({ id: fileId, status: 'processing', error: null, embedded: false })
    await background.drain()
    const { body } = await tenant.call('GET', `/api/files/${fileId}`)
    expect(body).toMatchObject({ status: 'ready', error: null, embedded: true, chunks: 1, chunksDone: 1 })
    await expectStored(fileId, 1)
  })

  it('that fails again says why, and has all attempts before it', async () => {
    const tenant = await freshTenant()
    const fileId = await failedFile(tenant)
    await changeRow(fileId, { attempts: 5, leaseUntil: new Date(Date.now() + 60_000) })
    services.openai.failNext(400)
    expectStatus(await tenant.call('POST', pathOf(fileId)), 202)
    await background.drain()
    expect(await rowOf(fileId)).toMatchObject({ status: 'processing', attempts: 1 })

    await changeRow(fileId, { status: 'failed', size: 6 * 1024 * 1024 })
    expectStatus(await tenant.call('POST', pathOf(fileId)), 202)
    await background.drain()
    expect((await tenant.call('GET', `/api/files/${fileId}`)).body).toMatchObject({
      status: 'failed',
      error: 'The text is longer than 5 MiB.',
    })
  })

  it('is processed once, however often it is asked for at once', async () => {
    const tenant = await freshTenant()
    const fileId = await failedFile(tenant)
    const asked = services.openai.requests().length
    const answers = await Promise.all([1, 2, 3, 4].map(() => tenant.call('POST', pathOf(fileId))))
    const statuses = answers.map(({ status }) => status)
    expect(statuses).toContain(202)
    // One that comes before the run has begun changes nothing.
    expect(statuses.filter(status => status !== 202 && status !== 409)).toEqual([])
    await background.drain()
    expect(services.openai.requests().length - asked, 'an embedding and a summary').toBe(2)
    await expectStored(fileId, 1)
  })

  it('can be retried with an API key, and a repeated Idempotency-Key retries it once', async () => {
    const tenant = await freshTenant()
    const fileId = await failedFile(tenant)
    const headers = { ...(await tenant.newKey()).headers, 'Idempotency-Key': 'again' }
    const first = await call('POST', pathOf(fileId), { headers })
    expectStatus(first, 202)
    await background.drain()
    const second = await call('POST', pathOf(fileId), { headers })
    expectStatus(second, 202)
    expect(second.body).toEqual(first.body)
  })

  it('that is shared is retried by any admin', async () => {
    const [admin, other] = await Promise.all([freshTenant({ role: 'admin' }), freshTenant({ role: 'admin' })])
    const fileId = await failedFile(admin, { shared: 'true' })
    expectStatus(await other.call('POST', pathOf(fileId)), 202)
    await background.drain()
    expect((await other.call('GET', `/api/files/${fileId}`)).body.status).toBe('ready')
  })
})

describe('a file that is processing', () => {
  it.each([
    ['was put off', { leaseId: null, leaseUntil: new Date(Date.now() + 60_000) }],
    ['ended with its process', { leaseId: 'dead', leaseUntil: new Date(Date.now() - 1) }],
  ])('whose run %s is processed at once', async (_how, lease) => {
    const tenant = await freshTenant()
    const { id } = await upload(tenant, TEXT)
    await changeRow(id, { status: 'processing', passagesHash: null, attempts: 3, ...lease })
    expectStatus(await tenant.call('POST', pathOf(id)), 202)
    await background.drain()
    expect((await rowOf(id)).status).toBe('ready')
    await expectStored(id, 1)
  })
})

describe('is refused', () => {
  it('for a file that is ready, which stays so', async () => {
    const tenant = await freshTenant()
    const { id } = await upload(tenant, TEXT)
    expectProblem(await tenant.call('POST', pathOf(id)), 409, 'conflict')
    expect((await rowOf(id)).status).toBe('ready')
  })

  it('for a file that a run holds', async () => {
    const tenant = await freshTenant()
    const { id } = await upload(tenant, TEXT)
    const leaseUntil = new Date(Date.now() + 60_000)
    await changeRow(id, { status: 'processing', leaseUntil, leaseId: 'theirs' })
    expectProblem(await tenant.call('POST', pathOf(id)), 409, 'conflict')
    expect(await rowOf(id)).toMatchObject({ leaseUntil, leaseId: 'theirs' })
  })

  it('for a file that there is not, or whose bytes are arriving still', async () => {
    const tenant = await freshTenant()
    expectProblem(await tenant.call('POST', pathOf('507f1f77bcf86cd799439011')), 404, 'not_found')
    const { id } = await upload(tenant, TEXT)
    await changeRow(id, { status: 'uploading' })
    expectProblem(await tenant.call('POST', pathOf(id)), 404, 'not_found')
  })

  it('for another action, and for none', async () => {
    const tenant = await freshTenant()
    const fileId = await failedFile(tenant)
    for (const query of ['', '?action=', '?action=embed'])
      expectProblem(await tenant.call('POST', `/api/files/${fileId}${query}`), 400, 'invalid_input')
  })

  it('for another tenant’s file, and for a shared one without being admin', async () => {
    const [tenant, stranger, admin] = await Promise.all([
      freshTenant(),
      freshTenant(),
      freshTenant({ role: 'admin' }),
    ])
    const fileId = await failedFile(tenant)
    for (const other of [stranger, admin])
      expectProblem(await other.call('POST', pathOf(fileId)), 404, 'not_found')
    const shared = await failedFile(admin, { shared: 'true' })
    expectProblem(await stranger.call('POST', pathOf(shared)), 404, 'not_found')
    expect([(await rowOf(fileId)).status, (await rowOf(shared)).status]).toEqual(['failed', 'failed'])
  })

  it('for a visitor', async () => {
    const fileId = await failedFile(await freshTenant())
    expectProblem(await call('POST', pathOf(fileId)), 401, 'unauthenticated')
  })
})
