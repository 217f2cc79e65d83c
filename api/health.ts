import { checkHealth } from '../lib/health/check-health.ts'
import { healthContract } from '../lib/health/contracts.ts'
import { ok, otherMethods, route } from '../lib/route.ts'

export const GET = route(healthContract, async () => ok(await checkHealth()))
export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
