import { dailyContract } from '../../lib/maintenance/contracts.ts'
import { runDaily } from '../../lib/maintenance/run-daily.ts'
import { ok, otherMethods, route } from '../../lib/route.ts'

export const GET = route(dailyContract, async () => ok(await runDaily()))
export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
