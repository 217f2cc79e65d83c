import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { ingestFile } from '../../../lib/knowledge/ingest-file.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { beginUpload, changeRow, expectStored, rowOf } from './processing.ts'

let answer = (response: ServerResponse): unknown => response.writeHead(500).end()
const server = createServer((_request, response) => answer(response)).listen(0, '127.0.0.1')
await once(server, 'listening')
afterAll(() => {
  server.closeAllConnections()
  server.close()
})
// Settings are read when the first request comes.
const { port } = server.address() as AddressInfo
Object.assign(process.env, {
  S3_ENDPOINT: `http://127.0.0.1:${port}`,
  S3_BUCKET: 'bucket',
  S3_ACCESS_KEY_ID: 'key',
  S3_SECRET_ACCESS_KEY: 'secret',
})

/** A file whose bytes lie in that bucket. */
async function storedElsewhere(tenant: Tenant, attempts: number): Promise<string> {
  const fileId = await beginUpload(tenant, 'One passage. Another.')
  await background.drain()
  await changeRow(fileId, { status: 'processing', storageProvider: 's3', attempts })
  return fileId
}

describe('storage', () => {
  it('that is slow is waited for until the time is over, and that counts as an attempt', async () => {
    const tenant = await freshTenant()
    const fileId = await storedElsewhere(tenant, 2)
    answer = response => response.writeHead(200, { 'Content-Length': '20' }).write('One')
    const run = () => ingestFile(fileId, tenant.clerkId, { until: new Date(Date.now() + 1_000) })
    expect(await run()).toBe('later')
    expect(await rowOf(fileId)).toMatchObject({ status: 'processing', leaseId: null, attempts: 3 })
    expect([await run(), await run(), await run()]).toEqual(['later', 'later', 'failed'])
  })

  it('that is away may come back', async () => {
    const tenant = await freshTenant()
    const fileId = await storedElsewhere(tenant, 3)
    answer = response => response.writeHead(503).end()
    expect(await ingestFile(fileId, tenant.clerkId)).toBe('later')
    await changeRow(fileId, { leaseUntil: null })
    expect(await ingestFile(fileId, tenant.clerkId)).toBe('failed')
    expect((await rowOf(fileId)).error).toBe(
      'The file storage could not be reached, though it was tried several times.',
    )
  })

  it('that has the bytes no more fails the file at once, which keeps nothing made of it', async () => {
    const tenant = await freshTenant()
    const fileId = await storedElsewhere(tenant, 0)
    expect(await rowOf(fileId)).toMatchObject({ embedded: true, summary: 'One passage. Another.' })
    answer = response =>
      response
        .writeHead(404, { 'Content-Type': 'application/xml' })
        .end('<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>')
    expect(await ingestFile(fileId, tenant.clerkId)).toBe('failed')
    const nothing = { embedded: false, embedding: [], summary: null, piiFound: [], chunks: 0 }
    expect(await rowOf(fileId)).toMatchObject({ error: 'The bytes of this file are gone.', ...nothing })
    await expectStored(fileId, 0)
  })

  it('that the file names no place in fails it at once', async () => {
    const tenant = await freshTenant()
    const fileId = await storedElsewhere(tenant, 0)
    await changeRow(fileId, { storagePath: null })
    expect(await ingestFile(fileId, tenant.clerkId)).toBe('failed')
    expect((await rowOf(fileId)).error).toBe('The bytes of this file are gone.')
  })
})
