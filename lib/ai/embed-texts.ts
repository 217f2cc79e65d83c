import { embeddingModelOf } from './embed.ts'
import { requestEmbeddings } from './internal/request-embeddings.ts'
import { costOf } from './prices.ts'
import { type ProviderName, providerOf } from './providers.ts'

export type EmbeddingRequest = {
  text?: string | undefined
  texts?: string[] | undefined
  model?: string | undefined
}

export type TextEmbeddings = {
  embeddings: number[][]
  model: string
  usage: { promptTokens: number; totalTokens: number }
  costUsd: number
}

/**
 * The provider's own embeddings of a caller's texts, in order.
 * @throws NotConfigured, InvalidInput, AppError `provider_error` or `provider_timeout`
 */
export async function embedTexts(
  providerName: ProviderName,
  { text, texts, model: named }: EmbeddingRequest,
): Promise<TextEmbeddings> {
  const provider = providerOf(providerName)
  const usual = embeddingModelOf(provider)
  const model = named ?? usual
  const input = text === undefined ? (texts ?? []) : [text]
  const fields = {
    input: text === undefined ? 'texts' : 'text',
    ...(named !== undefined && { model: 'model' }),
  }
  const { embeddings, promptTokens } = await requestEmbeddings(provider, { model, input }, fields)
  return {
    embeddings,
    model,
    usage: { promptTokens, totalTokens: promptTokens },
    costUsd: costOf(model, { promptTokens, completionTokens: 0 }),
  }
}
