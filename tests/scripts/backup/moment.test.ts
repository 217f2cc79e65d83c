import { writeFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import type { MongoClient } from 'mongodb'
import { expect, it } from 'vitest'
import { restore } from '../../../scripts/backup/restore.ts'
import { archiveOf } from '../../../scripts/backup/write-archive.ts'
import { ownDatabases } from './databases.ts'

const databases = ownDatabases()
/** More than the 101 that the server sends at first, so that some are still to be read when the writes come. */
const ROWS = 300

async function filled(name: string): Promise<MongoClient> {
  const client = await databases.client(name)
  const rows = Array.from({ length: ROWS }, (_, _id) => ({ _id }))
  await client.db().collection('a_counters').insertOne({ count: ROWS })
  await client.db().collection<{ _id: number }>('b_rows').insertMany(rows)
  await client.db().collection('c_totals').insertOne({ total: ROWS })
  return client
}

/** Backs up, and does something when the first documents are out. */
async function archiveWhile(client: MongoClient, meanwhile: () => Promise<unknown>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of archiveOf(client)) {
    pieces.push(piece)
    if (pieces.length === 5) await meanwhile()
  }
  return Buffer.concat(pieces)
}

it('is of one moment, whatever is written meanwhile', async () => {
  const client = await filled('busy')
  const db = client.db()
  const archive = await archiveWhile(client, async () => {
    await db.collection('a_counters').updateOne({}, { $inc: { count: 1 } })
    await db.collection<{ _id: number }>('b_rows').insertOne({ _id: ROWS })
    await db.collection<{ _id: number }>('b_rows').deleteMany({ _id: { $lt: 10 } })
    await db.collection('c_totals').updateOne({}, { $inc: { total: 1 } })
  })
  const file = databases.file('moment.gz')
  await writeFile(file, gzipSync(archive, { level: 1 }))
  const restored = (await databases.client('moment')).db()
  await restore(restored, file)
  expect(await restored.collection('a_counters').findOne()).toMatchObject({ count: ROWS })
  expect(await restored.collection('b_rows').countDocuments()).toBe(ROWS)
  expect(await restored.collection('c_totals').findOne()).toMatchObject({ total: ROWS })
})

const CHANGES: [string, (client: MongoClient) => Promise<unknown>][] = [
  ['a new collection', client => client.db().createCollection('z_new')],
  ['a lost collection', client => client.db().dropCollection('c_totals')],
  ['a new index', client => client.db().collection('c_totals').createIndex({ total: 1 })],
  ['a new option', client => client.db().command({ collMod: 'c_totals', validationLevel: 'off' })],
]
it.each(CHANGES)('is not written when %s came meanwhile', async (_, change) => {
  const client = await filled('changed')
  await expect(archiveWhile(client, () => change(client))).rejects.toThrow(/run it again/)
})
