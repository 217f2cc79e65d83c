import { describe, expect, it } from 'vitest'
import { ingestFile } from '../../../lib/knowledge/ingest-file.ts'
import { atCommand } from '../../api/files/stored.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'
import { abandon, beginUpload, changeRow, expectStored, rowOf, textOf } from './processing.ts'

/** The SDK itself tries three times. */
const failOnce = (status = 500) => services.openai.failNext(status, 3)

const view = async (tenant: Tenant, fileId: string) => (await tenant.call('GET', `/api/files/${fileId}`)).body

async function uploaded(tenant: Tenant, text = 'A sentence to embed.'): Promise<string> {
  const fileId = await beginUpload(tenant, text)
  await background.drain()
  return fileId
}

/** A file that no run has embedded, after so many that failed. */
async function failing(tenant: Tenant, attempts: number): Promise<string> {
  const fileId = await uploaded(tenant)
  await changeRow(fileId, { status: 'processing', passagesHash: null, attempts })
  return fileId
}

/** Too little time for a second try within the run. */
const noPause = () => ({ until: new Date(Date.now() + 5_000) })

async function listed(tenant: Tenant) {
  const { body } = await tenant.call('GET', '/api/files')
  await background.drain()
  return body.data
}

describe('what may heal with time', () => {
  it('is over after a pause: the same run tries again', async () => {
    const tenant = await freshTenant()
    failOnce()
    const fileId = await uploaded(tenant)
    expect(await rowOf(fileId)).toMatchObject({ status: 'ready', attempts: 0, chunksDone: 1 })
  })

  it.each([500, 429])('does not end a file: the provider answers %i', async status => {
    const tenant = await freshTenant()
    const fileId = await failing(tenant, 0)
    failOnce(status)
    expect(await ingestFile(fileId, tenant.clerkId, noPause())).toBe('later')
    expect(await view(tenant, fileId)).toMatchObject({ status: 'processing', error: null, chunks: 1 })
    const asked = services.openai.requests().length
    await view(tenant, fileId)
    await listed(tenant)
    expect(services.openai.requests().length, 'it is put off, whoever asks').toBe(asked)

    const { leaseUntil, leaseId } = await rowOf(fileId)
    expect(leaseId).toBeNull()
    expect(leaseUntil.getTime() - Date.now()).toBeGreaterThan(15_000)
    expect(leaseUntil.getTime() - Date.now()).toBeLessThanOrEqual(30_000)
    await abandon(fileId)
    await view(tenant, fileId)
    await background.drain()
    expect(await view(tenant, fileId)).toMatchObject({ status: 'ready', embedded: true, chunksDone: 1 })
    expect((await rowOf(fileId)).attempts).toBe(0)
  })

  it('is tried again when the list is read, two files at a time, the oldest first', async () => {
    const tenant = await freshTenant()
    const fileIds = [await failing(tenant, 1), await failing(tenant, 1), await failing(tenant, 1)]
    const statuses = async () =>
      (await listed(tenant)).toReversed().map(({ status }: { status: string }) => status)
    expect(await statuses()).toEqual(['processing', 'processing', 'processing'])
    expect(await statuses()).toEqual(['ready', 'ready', 'processing'])
    expect(await statuses()).toEqual(['ready', 'ready', 'ready'])
    for (const fileId of fileIds) await expectStored(fileId, 1)
  })

  it('is waited for longer each time, and fails a file the fifth time, with a plain reason', async () => {
    const tenant = await freshTenant()
    const fileId = await failing(tenant, 0)
    const waits: number[] = []
    for (let attempt = 1; attempt <= 5; attempt++) {
      await abandon(fileId)
      failOnce()
      const outcome = await ingestFile(fileId, tenant.clerkId, noPause())
      expect(outcome).toBe(attempt < 5 ? 'later' : 'failed')
      const { leaseUntil } = await rowOf(fileId)
      if (outcome === 'later') waits.push(Math.round((leaseUntil.getTime() - Date.now()) / 10_000) * 10)
    }
    expect(waits).toEqual([30, 120, 480, 1920])
    expect(await view(tenant, fileId)).toMatchObject({
      status: 'failed',
      error: 'The AI provider could not embed the text, though it was asked several times.',
      embedded: false,
      chunks: 0,
      chunksDone: 0,
    })
    expect(await rowOf(fileId)).toMatchObject({ leaseId: null, leaseUntil: null })
  })

  it('is forgotten by a run that gets further, and what that run stored is kept', async () => {
    const tenant = await freshTenant()
    const fileId = await uploaded(tenant, textOf(250))
    await changeRow(fileId, { status: 'processing', passagesHash: null, attempts: 4 })
    // Two batches are with the provider by then.
    await atCommand('insert', 'knowledgechunks', failOnce)
    expect(await ingestFile(fileId, tenant.clerkId)).toBe('later')
    expect(await rowOf(fileId)).toMatchObject({ attempts: 0, chunksDone: 192, chunks: 250 })
    await expectStored(fileId, 192)
    await abandon(fileId)
    expect(await ingestFile(fileId, tenant.clerkId)).toBe('ready')
    await expectStored(fileId, 250)
  })
})

describe('a provider that refuses', () => {
  it('is asked once more, in case it was set up wrongly', async () => {
    const tenant = await freshTenant()
    services.openai.failNext(400)
    const fileId = await uploaded(tenant)
    expect(await rowOf(fileId)).toMatchObject({ status: 'processing', attempts: 1 })
    await abandon(fileId)
    services.openai.failNext(400)
    expect(await ingestFile(fileId, tenant.clerkId)).toBe('failed')
    expect((await rowOf(fileId)).error).toBe('The AI provider refuses to embed the text.')
  })
})

describe('a request for embeddings', () => {
  it('holds no more than a provider takes, whatever the script', async () => {
    const tenant = await freshTenant()
    const before = services.openai.requests().length
    const fileId = await uploaded(tenant, `${'ཀ'.repeat(1_400)}.\n`.repeat(100))
    expect((await rowOf(fileId)).status).toBe('ready')
    const sizes = services.openai
      .requests()
      .slice(before)
      .filter(({ path }) => path === '/v1/embeddings')
      .map(({ body }) => Buffer.byteLength((body as { input: string[] }).input.join('')))
    expect(sizes.length).toBeGreaterThan(1)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(240_000)
  })
})

describe('a file that ends every process that ingests it', () => {
  it('is given up after five', async () => {
    const tenant = await freshTenant()
    const fileId = await uploaded(tenant)
    const asked = services.openai.requests().length
    await changeRow(fileId, { status: 'processing', passagesHash: null, attempts: 5 })
    expect(await ingestFile(fileId, tenant.clerkId)).toBe('failed')
    expect((await rowOf(fileId)).error).toBe(
      'The file could not be processed because of a fault on our side.',
    )
    expect(services.openai.requests().length).toBe(asked)
    await expectStored(fileId, 0)
  })
})

describe('what no time heals', () => {
  it('fails a file at once: a text that is too long', async () => {
    const tenant = await freshTenant()
    const fileId = await uploaded(tenant)
    await changeRow(fileId, { status: 'processing', size: 6 * 1024 * 1024 })
    expect(await ingestFile(fileId, tenant.clerkId)).toBe('failed')
    expect((await rowOf(fileId)).error).toBe('The text is longer than 5 MiB.')
  })
})

describe('an error of a file', () => {
  it('never tells what is internal', async () => {
    const tenant = await freshTenant()
    const fileId = await uploaded(tenant)
    await changeRow(fileId, {
      status: 'processing',
      passagesHash: null,
      storagePath: 'no object id',
      attempts: 4,
    })
    expect(await ingestFile(fileId, tenant.clerkId)).toBe('failed')
    expect((await rowOf(fileId)).error).toBe(
      'The file could not be processed because of a fault on our side.',
    )
  })
})
