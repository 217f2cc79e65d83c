import { KnowledgeChunk } from '../../models/knowledge-chunk.ts'
import { KnowledgeFile } from '../../models/knowledge-file.ts'
import { embed } from '../ai/embed.ts'
import { providerOf } from '../ai/providers.ts'
import { readableBy } from './internal/access.ts'
import { nearest } from './internal/nearest.ts'

export type SearchRequest = {
  query: string
  topK?: number | undefined
  fileIds?: string[] | undefined
  minScore?: number | undefined
}

/** A passage found: `chunk` is its position in the file, `score` the cosine with the query. */
export type Hit = { fileId: string; name: string; chunk: number; score: number; text: string }

export type SearchResult = { hits: Hit[]; promptTokens: number; costUsd: number }

const DEFAULT_TOP_K = 5

/**
 * The passages nearest in meaning to a query, best first, among the caller's own files and the shared ones;
 * a visitor (`clerkId` null) searches the shared ones only. Exact cosine: every candidate is compared.
 * @throws AppError `provider_error`, `provider_timeout`; NotConfigured
 */
export async function searchKnowledge(clerkId: string | null, request: SearchRequest): Promise<SearchResult> {
  const { query, topK = DEFAULT_TOP_K, fileIds, minScore = -1 } = request
  const { vectors, promptTokens, costUsd } = await embed(providerOf('openai'), [query])
  const [vector] = vectors
  if (!vector) throw new Error('the query has no vector')
  const scope = { clerkId: readableBy(clerkId), ...(fileIds && { fileId: { $in: fileIds } }) }
  const best = await nearest(scope, vector, topK, minScore)
  const hits = await withTexts(scope.clerkId, best)
  return { hits, promptTokens, costUsd }
}

async function withTexts(
  clerkId: { $in: (string | null)[] },
  best: { id: string; score: number }[],
): Promise<Hit[]> {
  if (best.length === 0) return []
  const chunks = await KnowledgeChunk.find(
    { _id: { $in: best.map(({ id }) => id) }, clerkId },
    { vector: 0 },
  ).lean()
  const files = await KnowledgeFile.find(
    { _id: { $in: chunks.map(({ fileId }) => fileId) }, clerkId },
    { name: 1 },
  ).lean()
  const chunkById = new Map(chunks.map(chunk => [chunk._id.toHexString(), chunk]))
  const nameById = new Map(files.map(({ _id, name }) => [_id.toHexString(), name]))
  return best.flatMap(({ id, score }) => {
    const chunk = chunkById.get(id)
    const fileId = chunk?.fileId.toHexString()
    const name = fileId && nameById.get(fileId)
    return chunk && fileId && name ? [{ fileId, name, chunk: chunk.index, score, text: chunk.text }] : []
  })
}
