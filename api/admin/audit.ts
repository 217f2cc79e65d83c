import { listAuditContract } from '../../lib/audit/contracts.ts'
import { listActions } from '../../lib/audit/list-actions.ts'
import { ok, otherMethods, route } from '../../lib/route.ts'

export const GET = route(listAuditContract, async ({ query }) => ok(await listActions(query)))
export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
