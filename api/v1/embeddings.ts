import { createEmbeddingsContract } from '../../lib/completions/contracts.ts'
import { createEmbeddings } from '../../lib/completions/create-embeddings.ts'
import { ok, otherMethods, route } from '../../lib/route.ts'
import { callFacts } from '../../lib/usage/call-facts.ts'

export const POST = route(createEmbeddingsContract, async ({ body, meter }) => {
  const { embeddings, spent } = await createEmbeddings(body)
  meter(callFacts('embed', spent))
  return ok(embeddings)
})

export const { GET, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ POST })
