import { Types } from 'mongoose'
import { inTransaction } from '../../../lib/db/transaction.ts'
import { storeChunks } from '../../../lib/knowledge/internal/chunk-store.ts'
import { KnowledgeFile } from '../../../models/knowledge-file.ts'

/** Passages of one transaction. */
const PER_RUN = 1_000

export type StoredFile = { fileId: string; name: string }

/** Stores a ready file with a passage for each vector, without an upload. */
export async function storeFile(
  clerkId: string | null,
  vectors: Float32Array[],
  { textOf = (index: number) => `Passage ${index}`, perRun = PER_RUN } = {},
): Promise<StoredFile> {
  const fileId = new Types.ObjectId().toHexString()
  const name = `${fileId}.txt`
  const row = {
    _id: fileId,
    path: name,
    name,
    clerkId,
    status: 'ready' as const,
    embedded: true,
    chunks: vectors.length,
  }
  await KnowledgeFile.insertMany([row])
  for (let from = 0; from < vectors.length; from += perRun) {
    const run = vectors.slice(from, from + perRun)
    const texts = run.map((_, offset) => textOf(from + offset))
    await inTransaction(session => storeChunks(session, { fileId, clerkId }, from, texts, run))
  }
  return { fileId, name }
}

export function wantedFrom(clerkId: string, query: Float32Array, topK = 10) {
  return { tenants: { $in: [clerkId, null] }, fileIds: undefined, query, topK, minScore: -1 }
}
