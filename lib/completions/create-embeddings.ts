import { newMasker } from '../ai/masker.ts'
import { askEmbeddings } from '../ai/pass-through.ts'
import { costOf } from '../ai/prices.ts'
import { InvalidInput } from '../errors.ts'
import { plainMasker } from '../pii/mask.ts'
import type { Embeddings, EmbeddingsBody } from './contracts.ts'
import { maskBody } from './internal/masking.ts'
import { targetOf } from './internal/prepare.ts'
import type { Spent } from './internal/spent.ts'

type Format = EmbeddingsBody['encoding_format']

/**
 * Passes a request for embeddings on to the provider that its model names.
 * @throws NotConfigured, InvalidInput, AppError `not_found`, `provider_error`, `provider_timeout`
 */
export async function createEmbeddings(
  body: EmbeddingsBody,
): Promise<{ embeddings: Embeddings; spent: Spent }> {
  const { provider, model, knowledge } = targetOf(body.model)
  if (knowledge)
    throw new InvalidInput([{ path: 'model', message: 'Only chat models answer from knowledge' }])
  const masker = newMasker()
  if (masker !== plainMasker) refuseTokens(body.input)
  const masked = await maskBody(masker, body)
  const answer = await askEmbeddings(provider, { ...masked, model }, inputsIn(body))
  const data = answer.data.map(item => ({
    ...item,
    embedding: inFormat(item.embedding, body.encoding_format),
  }))
  const tokens = { promptTokens: answer.usage.prompt_tokens, completionTokens: 0 }
  const spent = { provider: provider.name, model, ...tokens, costUsd: costOf(model, tokens) }
  return { embeddings: { ...answer, data }, spent }
}

/** One text, or the tokens of one, is one input. */
function inputsIn({ input }: EmbeddingsBody): number {
  return typeof input === 'string' || typeof input[0] === 'number' ? 1 : input.length
}

/** @throws InvalidInput */
function refuseTokens(input: EmbeddingsBody['input']): void {
  if ([input].flat().every(text => typeof text === 'string')) return
  throw new InvalidInput([{ path: 'input', message: 'Send text: personal data in tokens cannot be masked' }])
}

/** Not every provider knows both formats. Base64 is that of little-endian 32-bit floats. */
function inFormat(embedding: number[] | string, format: Format): number[] | string {
  if (format === 'base64')
    return typeof embedding === 'string'
      ? embedding
      : Buffer.from(Float32Array.from(embedding).buffer).toString('base64')
  if (typeof embedding !== 'string') return embedding
  const bytes = Buffer.from(embedding, 'base64')
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, position) =>
    bytes.readFloatLE(position * 4),
  )
}
