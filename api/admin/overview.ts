import { overviewContract } from '../../lib/overview/contracts.ts'
import { getOverview } from '../../lib/overview/get-overview.ts'
import { ok, otherMethods, route } from '../../lib/route.ts'

export const GET = route(overviewContract, async ({ query }) => ok(await getOverview(query)))
export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
