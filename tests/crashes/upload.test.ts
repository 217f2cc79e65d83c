import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, it } from 'vitest'
import type { Api } from '../helpers/api-process.ts'
import { noS3Server, startS3 } from '../helpers/s3-server.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import {
  anHourLater,
  CRASHES,
  CRASHES_TIMEOUT_MS,
  crashDuring,
  documentsOf,
  expectSound,
  recover,
} from './harness.ts'

const MiB = 1024 * 1024
/** About as long as a process takes for one round. */
const ROUND_MS = 1_500
const s3 = noS3Server ? null : await startS3()
if (noS3Server) console.warn(`S3 is left out: ${noS3Server}`)
afterAll(() => s3?.stop())

/** A file that arrives slowly enough to be interrupted anywhere. */
async function send(api: Api, { session }: Tenant, mebibytes: number, headers: Record<string, string> = {}) {
  async function* body() {
    yield Buffer.from('--edge\r\nContent-Disposition: form-data; name="file"; filename="big.bin"\r\n\r\n')
    for (let i = 0; i < mebibytes; i++) {
      yield randomBytes(MiB)
      await sleep(10)
    }
    yield Buffer.from('\r\n--edge--\r\n')
  }
  const response = await fetch(`${api.url}/api/files`, {
    method: 'POST',
    headers: { ...session, ...headers, 'Content-Type': 'multipart/form-data; boundary=edge' },
    body: ReadableStream.from(body()),
    duplex: 'half',
  } as RequestInit)
  expect(response.status).toBe(201)
}

async function sendDirectly(api: Api, { session }: Tenant) {
  const bytes = randomBytes(MiB)
  const asked = { headers: session, json: { name: 'direct.bin', size: bytes.byteLength } }
  const { status, body: to } = await api.send('POST', '/api/files?action=presign', asked)
  expect(status).toBe(201)
  await fetch(to.url, { method: to.method, headers: to.headers, body: bytes })
  await sleep(50)
  const path = `/api/files?action=complete&fileId=${to.fileId}`
  expect((await api.send('POST', path, { headers: session })).status).toBe(201)
}

/** A small upload, two large ones and, into a bucket, a direct one, at once. */
function sendSome(api: Api, tenant: Tenant) {
  return Promise.all([
    send(api, tenant, 1),
    send(api, tenant, 12),
    send(api, tenant, 7, { 'Idempotency-Key': randomUUID() }),
    ...(process.env.STORAGE_PROVIDER === 's3' ? [sendDirectly(api, tenant)] : []),
  ])
}

async function expectBucketSound(): Promise<void> {
  const files = await (await documentsOf('knowledgefiles')).find({}).toArray()
  const rows = files.filter(({ storageProvider }) => storageProvider === 's3')
  const objects = (await s3?.leftovers()) ?? []
  const unwanted = objects.filter(file => !rows.some(({ storagePath }) => file.endsWith(`/${storagePath}`)))
  expect(unwanted, 'objects without their file').toEqual([])
  expect(objects.length).toBe(rows.length)
}

it.each([['mongodb_gridfs', {}], ...(s3 ? [['s3', s3.environment] as const] : [])] as const)(
  `a process killed ${CRASHES} times while it stores files in %s leaves none half stored`,
  async (provider, environment) => {
    Object.assign(process.env, environment, { STORAGE_PROVIDER: provider })
    const tenants: Tenant[] = []
    const left: number[] = []
    const uploading = async () =>
      (await documentsOf('knowledgefiles')).countDocuments({ status: 'uploading' })
    for (let round = 0; round < CRASHES; round++) {
      // One of its own each time: what a dead process left locked of a tenant stays so for a minute.
      const tenant = await freshTenant({ plan: 'enterprise' })
      tenants.push(tenant)
      const work = (api: Api) => sendSome(api, tenant)
      await crashDuring(work, Math.random() * ROUND_MS, api => send(api, tenant, 1))
      left.push(await uploading())
    }
    console.log(`${provider}: uploads under way after each crash ${left.join(', ')}`)
    // Until then bytes may still arrive at the address of a direct upload.
    for (let hour = 0; hour < 25; hour++) await anHourLater()
    await recover()
    await expectSound(tenants)
    await expectBucketSound()
  },
  CRASHES_TIMEOUT_MS,
)
