import { Binary } from 'mongodb'
import { KnowledgeChunk } from '../../models/knowledge-chunk.ts'
import { KnowledgeFile } from '../../models/knowledge-file.ts'
import { EMBEDDING_DIMENSIONS, embed, unitVector } from '../ai/embed.ts'
import { providerOf } from '../ai/providers.ts'
import { AppError } from '../errors.ts'
import { log } from '../log.ts'
import { cut } from './internal/cut.ts'
import { readText } from './internal/read-text.ts'

const LEASE_MS = 5 * 60 * 1000

type Leased = { fileId: string; clerkId: string | null; leaseUntil: Date; storagePath: string; size: number }

/**
 * Reads, cuts and embeds a file that is `processing`, which ends `ready` or `failed` with a reason. Idempotent:
 * one instance at a time holds the file's lease, and a repeated run replaces what an earlier one left.
 */
export async function ingestFile(fileId: string, clerkId: string | null): Promise<void> {
  const file = await lease(fileId, clerkId)
  if (!file) return
  try {
    const passages = cut(await readText(file.storagePath, file.size))
    const { vectors } = passages.length > 0 ? await embed(providerOf('openai'), passages) : { vectors: [] }
    await storeChunks(file, passages, vectors)
    await finish(file, {
      status: 'ready',
      embedded: passages.length > 0,
      chunks: passages.length,
      embedding: Array.from(meanVector(vectors)),
    })
  } catch (error) {
    log().warn({ err: error, fileId }, 'a file could not be ingested')
    await finish(file, { status: 'failed', error: reasonOf(error) })
  }
}

async function lease(fileId: string, clerkId: string | null): Promise<Leased | null> {
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

async function storeChunks(
  { fileId, clerkId }: Leased,
  passages: string[],
  vectors: Float32Array[],
): Promise<void> {
  await KnowledgeChunk.deleteMany({ clerkId, fileId })
  const documents = passages.map((text, index) => ({
    fileId,
    clerkId,
    index,
    text,
    vector: toBinary(vectors[index]),
  }))
  await KnowledgeChunk.insertMany(documents)
}

/** Ends the run, unless the file was deleted or leased anew meanwhile: then its passages are not ours to leave. */
async function finish({ fileId, clerkId, leaseUntil }: Leased, outcome: object): Promise<void> {
  const mine = { _id: fileId, clerkId, status: 'processing' as const, leaseUntil }
  const { matchedCount } = await KnowledgeFile.updateOne(mine, { $set: { ...outcome, leaseUntil: null } })
  if (matchedCount > 0) return
  const exists = await KnowledgeFile.exists({ _id: fileId, clerkId })
  if (!exists) await KnowledgeChunk.deleteMany({ clerkId, fileId })
}

function toBinary(vector: Float32Array | undefined): Binary {
  if (!vector) throw new Error('a passage has no vector')
  return Binary.fromFloat32Array(vector)
}

/** The file's own vector: the direction its passages have in common. */
function meanVector(vectors: Float32Array[]): Float32Array {
  if (vectors.length === 0) return new Float32Array()
  const sum = new Float32Array(EMBEDDING_DIMENSIONS)
  for (const vector of vectors) {
    for (const [dimension, value] of vector.entries()) sum[dimension] = (sum[dimension] ?? 0) + value
  }
  return unitVector(sum)
}

function reasonOf(error: unknown): string {
  return error instanceof AppError
    ? error.message
    : 'The file could not be processed because of a fault on our side.'
}
