import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { Db, IndexDescription } from 'mongodb'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { insertRaw } from '../../../scripts/backup/insert-raw.ts'
import { type Api, startApi } from '../../helpers/api-process.ts'
import { runScript } from '../../helpers/run-script.ts'
import { type FullTenant, fullTenant } from '../../lib/privacy/full-tenant.ts'
import { contentsOf, ownDatabases, uriOf } from './databases.ts'
import { oddDocument, TYPED_DOCUMENTS } from './odd-documents.ts'

const databases = ownDatabases()
const INDEXES: IndexDescription[] = [
  { key: { inherits: 1 } },
  { key: { simple: 1 }, collation: { locale: 'simple' } },
  { key: { partial: 1 }, unique: true, partialFilterExpression: { partial: { $type: 'string' } } },
  { key: { ttl: 1 }, expireAfterSeconds: 3600 },
  { key: { text: 'text' }, collation: { locale: 'simple' }, default_language: 'french' },
  { key: { point: '2dsphere' } },
  { key: { 'any.$**': 1 } },
  { key: { hashed: 'hashed' }, hidden: true, sparse: true },
]
let tenant: FullTenant
let key: Awaited<ReturnType<FullTenant['newKey']>>
let source: Db

beforeAll(async () => {
  tenant = await fullTenant()
  key = await tenant.newKey('restored')
  const client = await databases.client('source')
  source = client.db(new URL(process.env.MONGODB_URI ?? '').pathname.slice(1))
  // A busy machine may take longer for the backup than the seconds for which this server keeps a snapshot.
  await keepSnapshots(60)
  await oddCollections()
})
afterAll(() => keepSnapshots(5))

async function keepSnapshots(seconds: number): Promise<void> {
  const admin = source.client.db('admin')
  await admin.command({ setParameter: 1, minSnapshotHistoryWindowInSeconds: seconds })
}

async function oddCollections(): Promise<void> {
  const collation = { locale: 'fr', strength: 2 }
  await source.createCollection('odd', { collation, validator: { never: true }, validationAction: 'warn' })
  await source.command({ collMod: 'odd', validationAction: 'error' })
  await source.collection('odd').createIndexes(INDEXES)
  await source.createCollection('capped', { capped: true, size: 100_000, max: 10 })
  await source.createCollection('view', { viewOn: 'odd', pipeline: [{ $match: { a: 1 } }] })
  await source.createCollection('empty', { changeStreamPreAndPostImages: { enabled: true } })
  await source.collection('capped').insertMany([{ n: 1 }, { n: 2 }])
  await source.collection('odd').insertMany(TYPED_DOCUMENTS as never, { bypassDocumentValidation: true })
  await insertRaw(source, 'odd', [oddDocument()])
  const large = { bytes: randomBytes(16 * 1024 * 1024 - 100) }
  await source.collection('odd').insertOne(large, { bypassDocumentValidation: true })
}

const collectionsOf = (contents: Record<string, unknown>) => Object.keys(contents).length

it('restores to an equal database, with which the API goes on', async () => {
  const file = databases.file('all.gz')
  const backup = await runScript('scripts/db-backup.ts', [file], {
    MONGODB_URI: process.env.MONGODB_URI ?? '',
  })
  expect(backup.code, backup.output).toBe(0)
  expect((await stat(file)).mode & 0o777).toBe(0o600)

  const target = (await databases.client('target')).db()
  const restored = await runScript('scripts/db-restore.ts', [file], { MONGODB_URI: uriOf('target') })
  expect(restored.code, restored.output).toBe(0)
  const before = await contentsOf(source)
  expect(await contentsOf(target)).toEqual(before)
  expect(restored.output).toContain(`${collectionsOf(before)} collections`)
  for (const name of ['users', 'apikeys', 'chatbuckets', 'files.chunks', 'knowledgecodes', 'polarevents'])
    expect(await target.collection(name).countDocuments(), name).toBeGreaterThan(0)

  const api = await startApi({ MONGODB_URI: uriOf('target') })
  try {
    await expectWorking(api)
  } finally {
    await api.stop()
  }
}, 60_000)

async function expectWorking(api: Api): Promise<void> {
  const me = await api.get('/api/app/me', key.headers)
  expect(me.status, JSON.stringify(me.body)).toBe(200)
  expect(me.body.email).toBe(tenant.email)
  const content = await api.get(`/api/files/${tenant.file.id}/content`, tenant.session)
  expect(content.body).toBe(tenant.file.content.toString())
  const conversation = await api.get(`/api/app/conversations/${tenant.conversationId}`, tenant.session)
  expect(conversation.status).toBe(200)
  expect(conversation.body.messageCount).toBe(tenant.messageCount)
}
