import type { OpenAI } from 'openai'
import { AppError } from '../../errors.ts'
import { newMasker } from '../masker.ts'
import type { Provider } from '../providers.ts'
import { isCount, roughTokens } from '../usage.ts'
import { callProvider } from './client.ts'
import type { Asked } from './refusal.ts'

type Body = { model: string; input: string[]; dimensions?: number }

/** One request for embeddings, in the order of the texts. @throws what `callProvider` throws */
export async function requestEmbeddings(
  provider: Provider,
  body: Body,
  fields: Asked['fields'],
): Promise<{ embeddings: number[][]; promptTokens: number }> {
  const input = await Promise.all(body.input.map(maskedAlone))
  const answer = await callProvider(
    provider,
    (client, options) => client.embeddings.create({ ...body, input }, options),
    { model: body.model, fields },
  )
  const embeddings = inOrder(provider, answer, input.length)
  const told = answer.usage?.prompt_tokens
  return { embeddings, promptTokens: isCount(told) ? told : roughTokens(input.join('')) }
}

/** Masked by itself, so that a text has the same embedding in any company. */
function maskedAlone(text: string): Promise<string> {
  return newMasker().mask(text)
}

function inOrder({ name }: Provider, answer: OpenAI.CreateEmbeddingResponse, count: number): number[][] {
  if (!Array.isArray(answer?.data) || answer.data.length !== count)
    throw new AppError('provider_error', `${name} left out embeddings.`)
  const embeddings = answer.data.toSorted((a, b) => a?.index - b?.index).map(item => item?.embedding)
  if (!embeddings.every(isVector))
    throw new AppError('provider_error', `${name} answered with something other than embeddings.`)
  return embeddings
}

function isVector(embedding: unknown): boolean {
  return Array.isArray(embedding) && embedding.length > 0 && embedding.every(Number.isFinite)
}
