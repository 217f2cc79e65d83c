import { randomUUID } from 'node:crypto'
import type { ClientSession } from 'mongoose'
import { KnowledgeFile, type KnowledgeFileDocument } from '../../../models/knowledge-file.ts'
import { isOutOfTime } from '../../db/faults.ts'
import { inTransaction } from '../../db/transaction.ts'
import { log } from '../../log.ts'
import { removeChunks } from './chunk-store.ts'

/** How long a run may be silent before another takes its file over. */
const LEASE_MS = 60_000
/** Often enough that a renewal may be lost. */
const RENEW_MS = 20_000
/** What a process left locked when it died stays so for a minute: whoever comes next does not wait for it. */
const LOCK_WAIT_MS = 2_000

const FIELDS = {
  storagePath: 1,
  storageProvider: 1,
  mimeType: 1,
  size: 1,
  uploadedBy: 1,
  passagesHash: 1,
  chunksDone: 1,
  attempts: 1,
} as const

/** A file that one run alone may ingest, as it was when the run began; `leaseId` tells its runs apart. */
export type Leased = Pick<KnowledgeFileDocument, Exclude<keyof typeof FIELDS, 'storagePath'>> & {
  fileId: string
  clerkId: string | null
  leaseId: string
  storagePath: string | null
}

/** The file was deleted or leased anew: what this run makes of it is wanted no more. */
export class LeaseLost extends Error {}

/** Filter for files that wait for a run: none has them, or its process ended, and they are not put off. */
export function freeFiles() {
  return { status: 'processing' as const, leaseUntil: { $not: { $gt: new Date() } } }
}

/** What `freeFiles` asks, of a row at hand. */
export function isFree({
  status,
  leaseUntil,
}: Partial<Pick<KnowledgeFileDocument, 'status' | 'leaseUntil'>>) {
  return status === 'processing' && !(leaseUntil && leaseUntil > new Date())
}

/** Leases a file that is `processing`; null when there is none, another run has it or it is put off. */
export async function takeLease(fileId: string, clerkId: string | null): Promise<Leased | null> {
  const leaseId = randomUUID()
  const free = { _id: fileId, clerkId, ...freeFiles() }
  const update = { $set: { leaseId, leaseUntil: leaseEnd() }, $inc: { attempts: 1 } }
  const options = { projection: FIELDS, returnDocument: 'after', maxTimeMS: LOCK_WAIT_MS } as const
  try {
    const file = await KnowledgeFile.findOneAndUpdate(free, update, options).lean()
    return file && { ...file, storagePath: file.storagePath ?? null, fileId, clerkId, leaseId }
  } catch (error) {
    if (isOutOfTime(error)) return null
    throw error
  }
}

/** Does `work` and renews the lease meanwhile, so that it may take longer than one lease lasts. */
export async function whileRenewing<T>(file: Leased, work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => {
    // One that fails is made up for by the next; whether the lease is lost is told by the run's own writes.
    renew(file).catch(error => log().warn({ err: error, fileId: file.fileId }, 'a lease was not renewed'))
  }, RENEW_MS)
  try {
    return await work()
  } finally {
    clearInterval(timer)
  }
}

async function renew(file: Leased): Promise<void> {
  await KnowledgeFile.updateOne(held(file), { $set: { leaseUntil: leaseEnd() } })
}

/**
 * Changes the file and, in the same transaction, does `work`. Both happen only while the lease is held; the
 * write to the file is what makes a deletion at the same time wait or win. @throws LeaseLost
 */
export async function whileLeased(
  file: Leased,
  changes: object,
  work: (session: ClientSession) => Promise<unknown> = async () => {},
): Promise<void> {
  await inTransaction(async session => {
    const change = { $set: { leaseUntil: leaseEnd(), ...changes } }
    const { matchedCount } = await KnowledgeFile.updateOne(held(file), change, { session })
    if (matchedCount === 0) throw new LeaseLost(`file ${file.fileId} is no longer ours`)
    await work(session)
  })
}

/** Ends the run with a file that is ready. @throws LeaseLost */
export async function finishReady(file: Leased, outcome: object): Promise<void> {
  await whileLeased(file, { ...outcome, ...OVER, status: 'ready', error: null })
}

/** Ends the run with a file that failed; it keeps its bytes, but nothing that was made of them. @throws LeaseLost */
export async function finishFailed(file: Leased, error: string): Promise<void> {
  await whileLeased(file, { ...NOTHING, ...OVER, status: 'failed', error }, session =>
    removeChunks(session, file),
  )
}

/** Ends the run with a file that is to be taken up again, from `at` on. @throws LeaseLost */
export async function putOff(file: Leased, at: Date): Promise<void> {
  await whileLeased(file, { leaseId: null, leaseUntil: at })
}

/** Ends the run with a file that may be taken up at once, yet after those that wait already. @throws LeaseLost */
export async function handBack(file: Leased, attempts: number): Promise<void> {
  await whileLeased(file, { leaseId: null, leaseUntil: new Date(), attempts })
}

const NOTHING = {
  embedded: false,
  embedding: [],
  chunks: 0,
  chunksDone: 0,
  passagesHash: null,
  summary: null,
  piiFound: [],
}
const OVER = { leaseId: null, leaseUntil: null, attempts: 0 }

function held({ fileId, clerkId, leaseId }: Leased) {
  return { _id: fileId, clerkId, status: 'processing' as const, leaseId }
}

function leaseEnd(): Date {
  return new Date(Date.now() + LEASE_MS)
}
