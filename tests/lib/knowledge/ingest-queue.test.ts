import { afterAll, afterEach, expect, it, vi } from 'vitest'
import { resumeStuckFiles } from '../../../lib/knowledge/resume-files.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { startHoldingProvider } from './holding-provider.ts'
import { abandon, beginUpload, changeRow, rowOf, textOf } from './processing.ts'

const provider = await startHoldingProvider()
// Settings are read when the first request comes.
process.env.OPENAI_BASE_URL = provider.url

afterEach(async () => {
  vi.useRealTimers()
  provider.release()
  await background.drain()
})
afterAll(provider.close)

/** Takes up what waits; the time is over while so many requests for embeddings are with the provider. */
async function resumeUntilHeld(requests: number) {
  provider.holdAfter(0)
  const resumed = resumeStuckFiles()
  await provider.holds(requests)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 221_000 })
  provider.release()
  return resumed
}

it('files that take longer than one time do not keep the others waiting for ever', async () => {
  const tenant = await freshTenant()
  const slow = [await beginUpload(tenant, textOf(400)), await beginUpload(tenant, textOf(400))]
  const small = await beginUpload(tenant, 'A small file. It waits.')
  await background.drain()
  for (const fileId of [...slow, small])
    await changeRow(fileId, { status: 'processing', passagesHash: null, chunksDone: 0 })
  await abandon(small)
  expect(await resumeUntilHeld(4)).toEqual({ resumed: 0, failed: 0, remaining: 3 })
  for (const fileId of slow) expect((await rowOf(fileId)).chunksDone).toBe(192)
  await resumeUntilHeld(3)
  expect((await rowOf(small)).chunksDone).toBe(1)
})
