import { expect, it } from 'vitest'
import { ingestFile } from '../../../lib/knowledge/ingest-file.ts'
import { UsageLog } from '../../../models/usage-log.ts'
import { atCommand } from '../../api/files/stored.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'
import { abandon, beginUpload, changeRow, textOf } from './processing.ts'

async function usageOf(tenant: Tenant, fileId: string) {
  await background.drain()
  return (await tenant.call('GET', `/api/files/${fileId}`)).body.usage
}

it('tells with the file what its ingestion cost', async () => {
  const tenant = await freshTenant()
  const fileId = await beginUpload(tenant, textOf(120))
  const usage = await usageOf(tenant, fileId)
  // The stand-in counts one token for four characters; the overlap and the summary's prompt come on top.
  expect(usage.promptTokens).toBeGreaterThan(textOf(120).length / 4)
  expect(usage.completionTokens).toBeGreaterThan(0)
  expect(usage.costUsd).toBeGreaterThan(0)
})

it('adds up what runs cost, also one that failed, and pays for no passage twice', async () => {
  const tenant = await freshTenant()
  const fileId = await beginUpload(tenant, textOf(250))
  await background.drain()
  await changeRow(fileId, { status: 'processing', passagesHash: null, attempts: 1, usage: {} })
  // Two of the three batches are with the provider by then.
  await atCommand('insert', 'knowledgechunks', () => services.openai.failNext(500, 3))
  expect(await ingestFile(fileId, tenant.clerkId)).toBe('later')
  const failed = await usageOf(tenant, fileId)
  expect(failed.promptTokens).toBeGreaterThan(0)
  expect(failed.completionTokens).toBe(0)
  await abandon(fileId)
  expect(await ingestFile(fileId, tenant.clerkId)).toBe('ready')
  const both = await usageOf(tenant, fileId)
  expect(both.promptTokens).toBeGreaterThan(failed.promptTokens)
  expect(both.promptTokens).toBeLessThan(failed.promptTokens * 2.7)
})

it('is no request: the usage log has a row for each request and no other', async () => {
  const tenant = await freshTenant()
  await beginUpload(tenant, 'Some words to embed.')
  await background.drain()
  expect(await UsageLog.countDocuments({ clerkId: tenant.clerkId })).toBe(1)
})

it('is nothing for a file without words', async () => {
  const tenant = await freshTenant()
  const fileId = await beginUpload(tenant, ' \n ')
  expect(await usageOf(tenant, fileId)).toEqual({ promptTokens: 0, completionTokens: 0, costUsd: 0 })
})
