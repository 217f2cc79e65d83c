import { createEmbeddingsContract } from '../../lib/completions/contracts.ts'
import { createEmbeddings } from '../../lib/completions/create-embeddings.ts'
import { ok, otherMethods, route } from '../../lib/route.ts'

export const POST = route(createEmbeddingsContract, async ({ body, meter }) => {
  const { embeddings, spent } = await createEmbeddings(body)
  meter({ action: 'embed', ...spent, tokens_used: spent.promptTokens })
  return ok(embeddings)
})

export const { GET, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ POST })
