import { getDemoRequestContract, updateDemoRequestContract } from '../../../lib/leads/contracts.ts'
import { getDemoRequest } from '../../../lib/leads/get-demo-request.ts'
import { updateDemoRequest } from '../../../lib/leads/update-demo-request.ts'
import { ok, otherMethods, route } from '../../../lib/route.ts'

export const GET = route(getDemoRequestContract, async ({ params }) => ok(await getDemoRequest(params.id)))
export const PATCH = route(updateDemoRequestContract, async ({ caller, params, body }) =>
  ok(await updateDemoRequest(caller, params.id, body)),
)
export const { POST, PUT, DELETE, HEAD, OPTIONS } = otherMethods({ GET, PATCH })
