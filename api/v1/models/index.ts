import { listModelsContract } from '../../../lib/completions/contracts.ts'
import { listModels } from '../../../lib/completions/list-models.ts'
import { ok, otherMethods, route } from '../../../lib/route.ts'

export const GET = route(listModelsContract, async () => ok({ object: 'list' as const, data: listModels() }))

export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
