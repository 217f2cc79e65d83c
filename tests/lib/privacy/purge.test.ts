import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { declaredModels } from '../../../lib/db/define-model.ts'
import { HOLDINGS } from '../../../lib/privacy/holdings.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { PurgedAccount } from '../../../models/purged-account.ts'
import { expectStatus } from '../../helpers/call.ts'
import { type Archive, exportOf } from './archive.ts'
import { deleteAccount, type Everything, everything, holding, runCron } from './database.ts'
import { type FullTenant, fullTenant } from './full-tenant.ts'

/** Where documents of nobody's own are, and those that outlive an account on purpose. */
const LASTING = /^(purgedaccounts|auditentries|dailyfigures) /

describe('an account deleted more than 30 days ago', () => {
  it('is removed with all that was kept about it, which is what its export held', async () => {
    const [tenant, neighbour] = [await fullTenant(), await fullTenant()]
    const archive = await exportOf(tenant)
    const untouched = await exportOf(neighbour)
    await deleteAccount(tenant)

    const before = await everything()
    const answer = await runCron()
    expectStatus(answer, 200)
    expect(answer.body.accounts).toEqual({ purged: 1, remaining: 0 })
    const after = await everything()

    const removed = [...before.keys()].filter(at => !after.has(at))
    const collections = HOLDINGS.flatMap(holding => holding.collections)
    expect(collectionsOf(removed)).toEqual(['users', ...collections].sort())
    expectNoOrphans(after)
    expectNoTrace(tenant, removed, after)
    expectHeld(archive, tenant, removed)
    expect((await PurgedAccount.find().lean()).map(({ clerkIdHash }) => clerkIdHash)).toEqual([
      createHash('sha256').update(tenant.clerkId).digest('hex'),
    ])
    const shared = await KnowledgeFile.findOne({ _id: tenant.sharedFileId, clerkId: null }).lean()
    expect(shared).toMatchObject({ status: 'ready', uploadedBy: null })

    const others = [...before].filter(([at]) => !removed.includes(at) && !at.includes(tenant.sharedFileId))
    for (const [at, text] of others) expect(after.get(at), at).toBe(text)
    expect((await exportOf(neighbour)).entries.size).toBe(untouched.entries.size)
  }, 120_000)
})

/** Neither their names nor a text of theirs nor an id of what was theirs is anywhere. */
function expectNoTrace({ clerkId, email, mark }: FullTenant, removed: string[], after: Map<string, string>) {
  const ids = removed.map(at => at.split(' ')[1] ?? '')
  const left = holding(after, [clerkId, email, mark, ...ids])
  expect(left.filter(at => !LASTING.test(at))).toEqual([])
  expect(holding(after, [clerkId, email, mark])).toEqual([])
}

/** Each document that was removed has its row or its bytes in the archive. */
function expectHeld(archive: Archive, { file, messageCount }: FullTenant, removed: string[]) {
  const unnamed =
    /^(chatbuckets|runninganswers|knowledgecodes|usagefigures|eventfigures|files\.files|files\.chunks) /
  const missing = removed.filter(at => !unnamed.test(at) && !archive.text.includes(at.split(' ')[1] ?? ''))
  expect(missing.filter(at => !at.startsWith('usagelogs '))).toEqual([])
  // The export itself was logged after it.
  expect(missing.length).toBeLessThanOrEqual(1)
  expect(archive.rows('messages').length).toBe(messageCount + 2)
  const [path] = [...archive.entries.keys()].filter(name => name.startsWith(`files/${file.id}`))
  expect(archive.entries.get(path ?? '')).toEqual(file.content)
}

/** Bytes in the database without a record that leads to them are nobody's and would stay for ever. */
function expectNoOrphans(all: Everything) {
  const documents = [...all].map(([at, text]) => ({ at, ...JSON.parse(text) }))
  const known = new Set(documents.map(({ storagePath }) => storagePath))
  const bytes = documents.filter(({ at }) => at.startsWith('files.'))
  expect(bytes.length).toBeGreaterThan(0)
  expect(bytes.filter(({ _id, files_id }) => !known.has((files_id ?? _id).$oid))).toEqual([])
}

function collectionsOf(documents: string[]): string[] {
  return [...new Set(documents.map(at => at.split(' ')[0] ?? ''))].sort()
}

describe('the list of holdings', () => {
  it('covers every collection whose documents name a tenant', () => {
    const covered = new Set(HOLDINGS.flatMap(({ collections }) => collections))
    const named = [...declaredModels.values()].filter(({ schema }) => schema.path('clerkId'))
    const collections = named.map(({ collection }) => collection.collectionName)
    expect(collections.filter(name => !covered.has(name))).toEqual(['users'])
  })

  it('names each file of the archive once', () => {
    const names = HOLDINGS.map(({ name }) => name)
    expect(new Set([...names, 'profile']).size).toBe(names.length + 1)
  })
})
