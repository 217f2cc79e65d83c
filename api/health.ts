import { checkHealth } from '../lib/health/check-health.ts'
import { healthContract } from '../lib/health/contracts.ts'
import { ok, openRoute, otherMethods } from '../lib/open-route.ts'

export const GET = openRoute(healthContract, async () => ok(await checkHealth()))
export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
