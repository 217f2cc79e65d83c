import { askEmbeddings, type WireBody } from '../ai/pass-through.ts'
import { costOf } from '../ai/prices.ts'
import { InvalidInput } from '../errors.ts'
import { type Masker, plainMasker } from '../pii/mask.ts'
import type { Embeddings, EmbeddingsBody } from './contracts.ts'
import { newMasker, targetOf } from './internal/prepare.ts'
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
  const input = await maskInput(newMasker(), body.input)
  const asked: WireBody = { ...body, model, input }
  const answer = await askEmbeddings(provider, asked)
  const data = answer.data.map(item => ({
    ...item,
    embedding: inFormat(item.embedding, body.encoding_format),
  }))
  const tokens = { promptTokens: answer.usage?.prompt_tokens ?? 0, completionTokens: 0 }
  const usage = answer.usage ?? { prompt_tokens: 0, total_tokens: 0 }
  const spent = { provider: provider.name, model, ...tokens, costUsd: costOf(model, tokens) }
  return { embeddings: { ...answer, object: 'list', data, usage } as unknown as Embeddings, spent }
}

async function maskInput(masker: Masker, input: EmbeddingsBody['input']): Promise<EmbeddingsBody['input']> {
  if (masker === plainMasker) return input
  if (typeof input === 'string') return masker.mask(input)
  return Promise.all(input.map(text => maskText(masker, text)))
}

function maskText(masker: Masker, text: string | number | number[]): Promise<string> {
  if (typeof text !== 'string')
    throw new InvalidInput([
      { path: 'input', message: 'Send text: personal data in tokens cannot be masked' },
    ])
  return masker.mask(text)
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
