import type { ClientSession } from 'mongoose'
import { KnowledgeChunk } from '../../../models/knowledge-chunk.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'
import { inTransaction } from '../../db/transaction.ts'

/** As long as a function may run: whoever still holds a lease after that is dead. */
const LEASE_MS = 5 * 60 * 1000

/** A file that one run alone may ingest; `leaseUntil` tells its runs apart. */
export type Leased = {
  fileId: string
  clerkId: string | null
  leaseUntil: Date
  storagePath: string
  size: number
}

/** The file was deleted or leased anew: what this run makes of it is wanted no more. */
export class LeaseLost extends Error {}

/** Leases a file that is `processing`; null when there is none or another run has it. */
export async function takeLease(fileId: string, clerkId: string | null): Promise<Leased | null> {
  const now = new Date()
  const leaseUntil = new Date(now.getTime() + LEASE_MS)
  const free = {
    _id: fileId,
    clerkId,
    status: 'processing' as const,
    $or: [{ leaseUntil: null }, { leaseUntil: { $lt: now } }],
  }
  const file = await KnowledgeFile.findOneAndUpdate(
    free,
    { $set: { leaseUntil } },
    { projection: { storagePath: 1, size: 1 } },
  ).lean()
  return file?.storagePath
    ? { fileId, clerkId, leaseUntil, storagePath: file.storagePath, size: file.size }
    : null
}

/**
 * Changes the file and, in the same transaction, does `work`. Both happen only while the lease is held; the
 * write to the file is what makes a deletion at the same time wait or win. @throws LeaseLost
 */
export async function whileLeased(
  { fileId, clerkId, leaseUntil }: Leased,
  changes: object,
  work: (session: ClientSession) => Promise<unknown>,
): Promise<void> {
  const mine = { _id: fileId, clerkId, status: 'processing' as const, leaseUntil }
  await inTransaction(async session => {
    const { matchedCount } = await KnowledgeFile.updateOne(mine, { $set: changes }, { session })
    if (matchedCount === 0) throw new LeaseLost(`file ${fileId} is no longer ours`)
    await work(session)
  })
}

/** Ends the run with a file that is ready. @throws LeaseLost */
export async function finishReady(file: Leased, outcome: object): Promise<void> {
  await whileLeased(file, { ...outcome, status: 'ready', error: null, leaseUntil: null }, async () => {})
}

/** Ends the run with a file that failed; it keeps its bytes, but no passage. @throws LeaseLost */
export async function finishFailed(file: Leased, error: string): Promise<void> {
  const { fileId, clerkId } = file
  const changes = { status: 'failed', error, chunks: 0, leaseUntil: null }
  await whileLeased(file, changes, session => KnowledgeChunk.deleteMany({ clerkId, fileId }, { session }))
}
