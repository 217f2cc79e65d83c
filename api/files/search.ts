import { searchFilesContract } from '../../lib/knowledge/contracts.ts'
import { searchKnowledge } from '../../lib/knowledge/search.ts'
import { ok, otherMethods, route } from '../../lib/route.ts'

export const POST = route(searchFilesContract, async ({ caller, body, meter }) => {
  const { hits, promptTokens, costUsd } = await searchKnowledge(caller.clerkId, body)
  meter({ promptTokens, costUsd })
  return ok({ data: hits })
})

export const { GET, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ POST })
