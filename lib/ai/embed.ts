import { AppError } from '../errors.ts'
import { callProvider } from './internal/client.ts'
import { costOf } from './prices.ts'
import type { Provider } from './providers.ts'

/** Dimensions of every stored vector; the reference schema's. */
export const EMBEDDING_DIMENSIONS = 1536
const BATCH = 96

export type Embeddings = { vectors: Float32Array[]; promptTokens: number; costUsd: number }

/** Unit-length vectors of texts, in order. @throws AppError `provider_error`, `provider_timeout` */
export async function embed(provider: Provider, texts: string[]): Promise<Embeddings> {
  const model = provider.embeddingModel
  const vectors: Float32Array[] = []
  let promptTokens = 0
  for (let start = 0; start < texts.length; start += BATCH) {
    const input = texts.slice(start, start + BATCH)
    const answer = await callProvider(provider, client =>
      client.embeddings.create({ model, input, dimensions: EMBEDDING_DIMENSIONS }),
    )
    if (answer.data?.length !== input.length)
      throw new AppError('provider_error', `${provider.name} left out embeddings.`)
    vectors.push(...answer.data.map(({ embedding }) => unitVector(embedding)))
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
  const length = Math.hypot(...vector) || 1
  return vector.map(value => value / length)
}
