import { getModelContract } from '../../../lib/completions/contracts.ts'
import { getModel } from '../../../lib/completions/list-models.ts'
import { ok, otherMethods, route } from '../../../lib/route.ts'

export const GET = route(getModelContract, async ({ params }) => ok(getModel(params.model)))

export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
