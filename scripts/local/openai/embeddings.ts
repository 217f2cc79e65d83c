import type { OpenAI } from 'openai'
import { z } from 'zod'
import { invalidRequest } from './errors.ts'
import { tokensOf } from './tokens.ts'
import { embed } from './vectors.ts'

const inputText = z.string('token arrays are not supported here: send text').min(1)

const embeddingsInput = z.looseObject({
  model: z.string().min(1),
  input: z.union([inputText, z.array(inputText).min(1).max(2048)], 'expected a text or a list of texts'),
  dimensions: z.int().min(1).max(1536).default(1536),
  encoding_format: z.enum(['float', 'base64']).default('float'),
})

type Embedding = Omit<OpenAI.Embedding, 'embedding'> & { embedding: number[] | string }

/** POST /v1/embeddings */
export function createEmbeddings(body: unknown): Response {
  const input = embeddingsInput.safeParse(body)
  if (!input.success) return invalidRequest(input.error)
  const { model, dimensions, encoding_format } = input.data
  const texts = [input.data.input].flat()
  const data: Embedding[] = texts.map((text, index) => {
    const vector = embed(text, dimensions)
    const embedding = encoding_format === 'base64' ? toBase64(vector) : Array.from(vector)
    return { object: 'embedding', index, embedding }
  })
  const tokens = texts.reduce((sum, text) => sum + tokensOf(text), 0)
  return Response.json({
    object: 'list',
    data,
    model,
    usage: { prompt_tokens: tokens, total_tokens: tokens },
  })
}

function toBase64(vector: Float32Array): string {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
}
