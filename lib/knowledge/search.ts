import { embed } from '../ai/embed.ts'
import { providerOf } from '../ai/providers.ts'
import { config } from '../config.ts'
import { readableBy } from './internal/access.ts'
import { vectorSearch } from './internal/atlas.ts'
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
 * a visitor (`clerkId` null) searches the shared ones only. Scores are exact cosines; equal ones come in a
 * fixed order. With `ATLAS_VECTOR_INDEX` set, Atlas finds the candidates.
 * @throws AppError `provider_error`, `provider_timeout`; NotConfigured
 */
export async function searchKnowledge(clerkId: string | null, request: SearchRequest): Promise<SearchResult> {
  const { query: text, topK = DEFAULT_TOP_K, fileIds, minScore = -1 } = request
  const { vectors, promptTokens, costUsd } = await embed(providerOf('openai'), [text])
  const [query] = vectors
  if (!query) throw new Error('the query has no vector')
  const wanted = { tenants: readableBy(clerkId), fileIds, query, topK, minScore }
  const { ATLAS_VECTOR_INDEX } = config()
  const { best, names } = await (ATLAS_VECTOR_INDEX
    ? vectorSearch(ATLAS_VECTOR_INDEX, wanted)
    : nearest(wanted))
  const hits = best.flatMap(({ fileId, ...passage }) => {
    const name = names.get(fileId)
    return name === undefined ? [] : [{ fileId, name, ...passage }]
  })
  return { hits, promptTokens, costUsd }
}
