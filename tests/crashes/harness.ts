import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { mongo } from 'mongoose'
import { expect } from 'vitest'
import { connect } from '../../lib/db/connect.ts'
import { endTransactionOf } from '../../lib/db/transaction.ts'
import { CODE_BYTES, idAt } from '../../lib/knowledge/internal/codes.ts'
import { readCounters } from '../../lib/limits/counters.ts'
import { type Api, startApi } from '../helpers/api-process.ts'
import type { Tenant } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'

/** How often the process is killed; few times where time is short. */
export const CRASHES = Number(process.env.CRASHES ?? 3)
/** What a test with so many crashes may take. */
export const CRASHES_TIMEOUT_MS = 60_000 + CRASHES * 15_000

const HOUR_MS = 3_600_000
/** What names the processes that are killed to the database. */
const DOOMED = `doomed-${randomUUID()}`

export async function documentsOf(name: string): Promise<mongo.Collection> {
  const { db } = await connect()
  if (!db) throw new Error('no database')
  return db.collection(name)
}

/**
 * Starts the API, begins `work` with it and kills it without warning after so long; work that breaks by that is
 * no failure. Resolves to what the work was worth, null when it broke. What `warmUp` does comes before, so that
 * the time is not spent on loading code.
 */
export async function crashDuring<T>(
  work: (api: Api) => Promise<T>,
  afterMs: number,
  warmUp: (api: Api) => Promise<unknown> = api => api.get('/api/files'),
): Promise<T | null> {
  const uri = new URL(process.env.MONGODB_URI ?? '')
  uri.searchParams.set('appName', DOOMED)
  const api = await startApi({ MONGODB_URI: uri.href })
  await warmUp(api)
  const done = work(api).catch(() => null)
  await sleep(afterMs)
  await api.stop('SIGKILL')
  return done
}

/** Makes all that the dead processes left an hour older: their locks, leases and uploads are over then. */
export async function anHourLater(): Promise<void> {
  for (const sessionId of await deadTransactions()) await endTransactionOf(sessionId)
  const files = await documentsOf('knowledgefiles')
  const times = ['createdAt', 'leaseUntil', 'abandonedAt']
  const moved = times.map(field => [field, { $subtract: [`$${field}`, HOUR_MS] }])
  await files.updateMany({}, [{ $set: Object.fromEntries(moved) }])
}

/** Sessions with a transaction that the server would end after a minute. */
async function deadTransactions(): Promise<string[]> {
  const admin = (await connect()).getClient().db('admin')
  const open = [
    { $currentOp: { allUsers: true, idleSessions: true } },
    { $match: { appName: DOOMED, transaction: { $exists: true } } },
  ]
  const found = await admin.aggregate(open, { readConcern: { level: 'local' } }).toArray()
  return found.map(({ lsid }) => Buffer.from(lsid.id.buffer).toString('hex'))
}

/** What the next day brings: an API that is well does the daily work until nothing is left of it. */
export async function recover(settings: Record<string, string> = {}): Promise<void> {
  await anHourLater()
  const api = await startApi(settings)
  try {
    for (let day = 1; day <= 5; day++) {
      const { status, body } = await api.get('/api/cron/daily', {
        Authorization: `Bearer ${services.cronSecret}`,
      })
      expect(status, JSON.stringify(body)).toBe(200)
      if (body.files.remaining === 0) return
      await anHourLater()
    }
    throw new Error('there is no end to the daily work')
  } finally {
    await api.stop()
  }
}

/**
 * Asserts that every file is ready, or failed with a reason, with all of its passages and no other; that no
 * passage, code or byte is without its file; and that the tenants are charged for what is stored.
 */
export async function expectSound(tenants: Pick<Tenant, 'clerkId'>[]): Promise<void> {
  const files = await (await documentsOf('knowledgefiles')).find({}).toArray()
  const unfinished = files.filter(
    ({ status, error, leaseId }) => leaseId || (status !== 'ready' && !(status === 'failed' && error)),
  )
  expect(unfinished, 'files that are neither ready nor failed').toEqual([])
  await expectPassages(files)
  await expectBytes(files)
  for (const { clerkId } of tenants) await expectCharge(clerkId, files)
}

async function expectPassages(files: mongo.Document[]): Promise<void> {
  const stored: Record<string, number[]> = {}
  const ids: Record<string, string[]> = {}
  const chunks = (await documentsOf('knowledgechunks')).find({}, { projection: { fileId: 1, index: 1 } })
  for await (const { _id, fileId, index } of chunks.sort({ fileId: 1, index: 1 })) {
    const file = String(fileId)
    stored[file] = [...(stored[file] ?? []), index]
    ids[file] = [...(ids[file] ?? []), String(_id)]
  }
  const wanted = files.flatMap(({ _id, chunks: count }) =>
    count > 0 ? [[String(_id), Array.from({ length: count }, (_, i) => i)]] : [],
  )
  expect(stored, 'passages by file').toEqual(Object.fromEntries(wanted))
  expect(files.filter(({ chunks: all, chunksDone }) => all !== chunksDone)).toEqual([])
  const runs = await (await documentsOf('knowledgecodes')).find({}).toArray()
  const byFile = Object.groupBy(runs, ({ fileId }) => String(fileId))
  const coded = Object.entries(byFile).map(([file, own = []]) => [file, codedIds(own)])
  expect(Object.fromEntries(coded), 'passages with codes, by file').toEqual(ids)
}

/** The ids of the passages that a file's runs of codes are of, in the order of the passages. */
export function codedIds(runs: mongo.Document[]): string[] {
  const inOrder = runs.toSorted((a, b) => a.from - b.from)
  return inOrder.flatMap(({ codes }) => {
    const bytes: Uint8Array = codes.buffer.subarray(0, codes.length())
    const count = bytes.byteLength / CODE_BYTES
    return Array.from({ length: count }, (_, position) => Buffer.from(idAt(bytes, position)).toString('hex'))
  })
}

async function expectBytes(files: mongo.Document[]): Promise<void> {
  const inBucket = files.filter(
    ({ storageProvider = 'mongodb_gridfs' }) => storageProvider === 'mongodb_gridfs',
  )
  const wanted = inBucket.map(({ storagePath }) => String(storagePath)).sort()
  const heads = await (await documentsOf('files.files')).distinct('_id')
  expect(heads.map(String).sort(), 'stored bytes').toEqual(wanted)
  const pieces = await (await documentsOf('files.chunks')).distinct('files_id')
  expect(
    pieces.map(String).filter(id => !wanted.includes(id)),
    'bytes without their file',
  ).toEqual([])
}

async function expectCharge(clerkId: string, files: mongo.Document[]): Promise<void> {
  const own = files.filter(({ uploadedBy }) => uploadedBy === clerkId)
  const bytes = own.reduce((sum, { size }) => sum + Number(size), 0)
  const charged = await readCounters(clerkId)
  expect({ files: charged.files, bytes: charged.bytes }, 'charged').toEqual({ files: own.length, bytes })
}
