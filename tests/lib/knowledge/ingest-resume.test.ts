import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ingestFile } from '../../../lib/knowledge/ingest-file.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { startHoldingProvider } from './holding-provider.ts'
import { abandon, beginUpload, changeRow, expectStored, rowOf, textOf } from './processing.ts'

const provider = await startHoldingProvider()
// Settings are read when the first request comes.
process.env.OPENAI_BASE_URL = provider.url

beforeEach(() => {
  provider.embedded()
})
afterEach(async () => {
  vi.useRealTimers()
  provider.release()
  await background.drain()
})
afterAll(provider.close)

/** A file of 120 passages, 96 of which are stored by a run that goes no further. */
async function interrupted(tenant: Tenant): Promise<string> {
  provider.holdAfter(1)
  const fileId = await beginUpload(tenant, textOf(120))
  await provider.holds(1)
  await expect.poll(async () => (await rowOf(fileId)).chunksDone).toBe(96)
  await abandon(fileId)
  provider.embedded()
  provider.holdNoMore()
  return fileId
}

const chaptersOf = (texts: string[]) => texts.map(text => Number(/Chapter(\d+)/.exec(text)?.[1]))

describe('a run after one that ended with its process', () => {
  it('embeds only what is not stored yet, and ends as if there had been one', async () => {
    const tenant = await freshTenant()
    const whole = await beginUpload(tenant, textOf(120))
    await background.drain()
    const fileId = await interrupted(tenant)
    expect(await ingestFile(fileId, tenant.clerkId)).toBe('ready')
    expect(chaptersOf(provider.embedded())).toEqual(Array.from({ length: 24 }, (_, i) => 96 + i))
    await expectStored(fileId, 120)
    const [resumed, once] = [await rowOf(fileId), await rowOf(whole)]
    expect(resumed).toMatchObject({ chunks: 120, chunksDone: 120, summary: once.summary, embedded: true })
    const cosine = resumed.embedding.reduce(
      (sum: number, x: number, i: number) => sum + x * once.embedding[i],
      0,
    )
    expect(cosine).toBeCloseTo(1, 5)
  })

  it('begins anew when the text is cut otherwise by now', async () => {
    const tenant = await freshTenant()
    const fileId = await interrupted(tenant)
    await changeRow(fileId, { passagesHash: 'of another cut', chunks: 300 })
    expect(await ingestFile(fileId, tenant.clerkId)).toBe('ready')
    expect(provider.embedded()).toHaveLength(120)
    expect(await rowOf(fileId)).toMatchObject({ chunks: 120, chunksDone: 120 })
    await expectStored(fileId, 120)
  })

  it('has only the summary left to make when all passages are stored', async () => {
    const tenant = await freshTenant()
    const fileId = await beginUpload(tenant, 'The ferry leaves at nine. It is green.')
    await background.drain()
    provider.embedded()
    await changeRow(fileId, { status: 'processing', summary: null, embedded: false, embedding: [] })
    expect(await ingestFile(fileId, tenant.clerkId)).toBe('ready')
    expect(provider.embedded()).toEqual([])
    const row = await rowOf(fileId)
    expect(row).toMatchObject({ embedded: true, summary: 'The ferry leaves at nine. It is green.' })
    expect(Math.hypot(...row.embedding)).toBeCloseTo(1, 4)
  })
})

describe('a run whose time is over', () => {
  it('stores what is under way, hands the file back, and the next goes on from there', async () => {
    const tenant = await freshTenant()
    provider.holdAfter(0)
    const fileId = await beginUpload(tenant, textOf(220))
    await provider.holds(2)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 221_000 })
    provider.release()
    await background.drain()
    vi.useRealTimers()
    const row = await rowOf(fileId)
    expect(row).toMatchObject({ status: 'processing', chunks: 220, chunksDone: 192, attempts: 0 })
    expect(row).toMatchObject({ leaseId: null, error: null })
    expect(row.leaseUntil, 'it waits behind the others').toBeInstanceOf(Date)
    await expectStored(fileId, 192)
    provider.embedded()
    // What the fake clock wrote is to come.
    await abandon(fileId)
    expect(await ingestFile(fileId, tenant.clerkId)).toBe('ready')
    expect(provider.embedded()).toHaveLength(28)
    await expectStored(fileId, 220)
  })

  it('when it begins reads nothing, asks for nothing, and does not count as an attempt', async () => {
    const tenant = await freshTenant()
    const fileId = await beginUpload(tenant, 'One passage.')
    await background.drain()
    const started = { status: 'processing', passagesHash: null, attempts: 2 }
    await changeRow(fileId, { ...started, storagePath: 'of no use' })
    provider.embedded()
    expect(await ingestFile(fileId, tenant.clerkId, { until: new Date() })).toBe('later')
    expect(provider.embedded()).toEqual([])
    expect(await rowOf(fileId)).toMatchObject({ status: 'processing', leaseId: null, attempts: 2 })
  })
})
