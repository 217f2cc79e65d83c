import { AppError, InvalidInput } from '../errors.ts'
import { requestEmbeddings } from './internal/request-embeddings.ts'
import { costOf } from './prices.ts'
import type { Provider } from './providers.ts'

/** Dimensions of every stored vector; the reference schema's. */
export const EMBEDDING_DIMENSIONS = 1536
/** Texts of one request to the provider. */
export const EMBEDDING_BATCH = 96

export type Embeddings = { vectors: Float32Array[]; promptTokens: number; costUsd: number }

/** Unit-length vectors of texts, in order. @throws AppError `provider_error`, `provider_timeout`; InvalidInput */
export async function embed(provider: Provider, texts: string[]): Promise<Embeddings> {
  const model = embeddingModelOf(provider)
  const vectors: Float32Array[] = []
  let promptTokens = 0
  for (let start = 0; start < texts.length; start += EMBEDDING_BATCH) {
    const input = texts.slice(start, start + EMBEDDING_BATCH)
    const answer = await requestEmbeddings(provider, { model, input, dimensions: EMBEDDING_DIMENSIONS }, {})
    vectors.push(...answer.embeddings.map(unitVector))
    promptTokens += answer.promptTokens
  }
  return { vectors, promptTokens, costUsd: costOf(model, { promptTokens, completionTokens: 0 }) }
}

/** The model a provider embeds with by default. @throws InvalidInput when it embeds nothing */
export function embeddingModelOf({ name, embeddingModel }: Provider): string {
  if (embeddingModel === null)
    throw new InvalidInput([{ path: 'provider', message: `${name} has no embeddings` }])
  return embeddingModel
}

/** The vector scaled to length 1, so that a dot product is the cosine. @throws AppError `provider_error` */
export function unitVector(numbers: ArrayLike<number>): Float32Array {
  if (numbers.length !== EMBEDDING_DIMENSIONS) {
    throw new AppError(
      'provider_error',
      `An embedding has ${numbers.length} dimensions, not ${EMBEDDING_DIMENSIONS}.`,
    )
  }
  const vector = Float32Array.from(numbers)
  const length = Math.hypot(...vector)
  if (!Number.isFinite(length))
    throw new AppError('provider_error', 'An embedding holds something other than numbers.')
  return vector.map(value => value / (length || 1))
}
