import { Binary } from 'mongodb'
import { KnowledgeChunk } from '../../../models/knowledge-chunk.ts'
import { EMBEDDING_BATCH, EMBEDDING_DIMENSIONS, embed, unitVector } from '../../ai/embed.ts'
import { providerOf } from '../../ai/providers.ts'
import { type Leased, whileLeased } from './lease.ts'

/**
 * Embeds a file's passages and stores them, batch by batch, in place of what an earlier run left. Resolves to
 * the file's own vector: the direction its passages have in common, empty without passages.
 * @throws LeaseLost, AppError `provider_error`, `provider_timeout`; NotConfigured
 */
export async function storePassages(file: Leased, passages: string[]): Promise<number[]> {
  const sum = new Float32Array(EMBEDDING_DIMENSIONS)
  for (let start = 0; start < passages.length; start += EMBEDDING_BATCH) {
    const texts = passages.slice(start, start + EMBEDDING_BATCH)
    const { vectors } = await embed(providerOf('openai'), texts)
    await storeBatch(file, start, texts, vectors)
    for (const vector of vectors) addTo(sum, vector)
  }
  return passages.length === 0 ? [] : Array.from(unitVector(sum))
}

async function storeBatch(
  file: Leased,
  start: number,
  texts: string[],
  vectors: Float32Array[],
): Promise<void> {
  const { fileId, clerkId } = file
  const documents = texts.map((text, offset) => ({
    fileId,
    clerkId,
    index: start + offset,
    text,
    vector: toBinary(vectors[offset]),
  }))
  await whileLeased(file, { chunks: start + texts.length }, async session => {
    if (start === 0) await KnowledgeChunk.deleteMany({ clerkId, fileId }, { session })
    await KnowledgeChunk.insertMany(documents, { session })
  })
}

function toBinary(vector: Float32Array | undefined): Binary {
  if (!vector) throw new Error('a passage has no vector')
  return Binary.fromFloat32Array(vector)
}

function addTo(sum: Float32Array, vector: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (vector[i] ?? 0)
}
