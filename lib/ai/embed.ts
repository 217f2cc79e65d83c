import { AppError } from '../errors.ts'
import { callProvider } from './internal/client.ts'
import { costOf } from './prices.ts'
import type { Provider } from './providers.ts'

/** Dimensions of every stored vector; the reference schema's. */
export const EMBEDDING_DIMENSIONS = 1536
/** Texts of one request to the provider. */
export const EMBEDDING_BATCH = 96

export type Embeddings = { vectors: Float32Array[]; promptTokens: number; costUsd: number }

/** Unit-length vectors of texts, in order. @throws AppError `provider_error`, `provider_timeout` */
export async function embed(provider: Provider, texts: string[]): Promise<Embeddings> {
  const model = provider.embeddingModel
  const vectors: Float32Array[] = []
  let promptTokens = 0
  for (let start = 0; start < texts.length; start += EMBEDDING_BATCH) {
    const input = texts.slice(start, start + EMBEDDING_BATCH)
    const body = { model, input, dimensions: EMBEDDING_DIMENSIONS }
    const answer = await callProvider(provider, (client, options) => client.embeddings.create(body, options))
    if (answer?.data?.length !== input.length)
      throw new AppError('provider_error', `${provider.name} left out embeddings.`)
    const inOrder = answer.data.toSorted((a, b) => a.index - b.index)
    vectors.push(...inOrder.map(({ embedding }) => unitVector(embedding)))
    promptTokens += answer.usage?.prompt_tokens ?? 0
  }
  return { vectors, promptTokens, costUsd: costOf(model, { promptTokens, completionTokens: 0 }) }
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
