import { ok, otherMethods, route } from '../../lib/route.ts'
import { usageContract } from '../../lib/usage/contracts.ts'
import { reportUsage } from '../../lib/usage/report-usage.ts'

export const GET = route(usageContract, async ({ caller, query }) => ok(await reportUsage(caller, query)))
export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
