import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ingestFile } from '../../../lib/knowledge/ingest-file.ts'
import { snapshot } from '../../api/files/stored.ts'
import { expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { startHoldingProvider } from './holding-provider.ts'
import { abandon, beginUpload, changeRow, expectStored, rowOf, textOf } from './processing.ts'

const provider = await startHoldingProvider()
// Settings are read when the first request comes.
process.env.OPENAI_BASE_URL = provider.url
const SECOND_MS = 1_000

beforeEach(() => {
  provider.embedded()
})
afterEach(async () => {
  vi.useRealTimers()
  provider.release()
  await background.drain()
})
afterAll(provider.close)

describe('a run that takes longer than its lease', () => {
  it('keeps it, so that no other begins', async () => {
    const tenant = await freshTenant()
    vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'clearInterval'], now: Date.now() })
    provider.holdAfter(0)
    const fileId = await beginUpload(tenant, 'Patience is a virtue.')
    await provider.holds(1)
    for (let seconds = 15; seconds <= 150; seconds += 15) {
      const { leaseUntil } = await rowOf(fileId)
      await vi.advanceTimersByTimeAsync(15 * SECOND_MS)
      if (seconds % 60 === 0)
        await expect.poll(async () => (await rowOf(fileId)).leaseUntil > leaseUntil).toBe(true)
      expect(await ingestFile(fileId, tenant.clerkId), `after ${seconds} s`).toBeNull()
    }
    provider.release()
    await background.drain()
    expect(await rowOf(fileId)).toMatchObject({ status: 'ready', leaseUntil: null, leaseId: null })
    expect(provider.embedded()).toHaveLength(1)
  })
})

describe('runs at once', () => {
  it('are one: each passage is embedded and stored once', async () => {
    const tenant = await freshTenant()
    const fileId = await beginUpload(tenant, textOf(120))
    await background.drain()
    await changeRow(fileId, { status: 'processing', passagesHash: null })
    provider.embedded()
    const runs = await Promise.all(Array.from({ length: 6 }, () => ingestFile(fileId, tenant.clerkId)))
    expect(runs.filter(outcome => outcome === 'ready')).toHaveLength(1)
    expect(runs.filter(outcome => outcome === null)).toHaveLength(5)
    expect(provider.embedded()).toHaveLength(120)
    await expectStored(fileId, 120)
  })

  it('of which the first was thought dead: it writes nothing more, and neither spoils the other', async () => {
    const tenant = await freshTenant()
    provider.holdAfter(0)
    const fileId = await beginUpload(tenant, textOf(120))
    await provider.holds(2)
    await abandon(fileId)
    const releaseFirst = provider.holdApart()
    const second = ingestFile(fileId, tenant.clerkId)
    await provider.holds(4)
    const { leaseId, leaseUntil } = await rowOf(fileId)
    releaseFirst()
    await background.drain()
    expect(await rowOf(fileId)).toMatchObject({ status: 'processing', leaseId, leaseUntil, chunksDone: 0 })
    await expectStored(fileId, 0)
    provider.release()
    expect(await second).toBe('ready')
    expect(leaseId).not.toBeNull()
    expect(await rowOf(fileId)).toMatchObject({ status: 'ready', chunks: 120, chunksDone: 120 })
    await expectStored(fileId, 120)
  })
})

describe('progress', () => {
  it('is told while the file is ingested', async () => {
    const tenant = await freshTenant()
    provider.holdAfter(0)
    const fileId = await beginUpload(tenant, textOf(250))
    const view = async () => (await tenant.call('GET', `/api/files/${fileId}`)).body
    await provider.holds(2)
    expect(await view()).toMatchObject({ status: 'processing', chunks: 250, chunksDone: 0, embedded: false })
    provider.release()
    provider.holdAfter(0)
    await provider.holds(1)
    await expect.poll(view).toMatchObject({ status: 'processing', chunks: 250, chunksDone: 192 })
    provider.release()
    await background.drain()
    expect(await view()).toMatchObject({ status: 'ready', chunks: 250, chunksDone: 250, embedded: true })
  })
})

describe('a file that is deleted while it is ingested', () => {
  it.each([
    ['before the first passage is stored', 0, 2],
    ['after some passages are stored', 2, 1],
  ])('%s leaves nothing', async (_when, requests, held) => {
    const tenant = await freshTenant()
    const before = await snapshot(tenant)
    provider.holdAfter(requests)
    const fileId = await beginUpload(tenant, textOf(250))
    await provider.holds(held)
    expectStatus(await tenant.call('DELETE', `/api/files/${fileId}`), 200)
    provider.release()
    await background.drain()
    expect(await snapshot(tenant)).toEqual(before)
    await expectStored(fileId, 0)
  })
})
