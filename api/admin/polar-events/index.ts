import { listPolarEventsContract } from '../../../lib/billing/contracts.ts'
import { listPolarEvents } from '../../../lib/billing/list-events.ts'
import { ok, otherMethods, route } from '../../../lib/route.ts'

export const GET = route(listPolarEventsContract, async ({ query }) => ok(await listPolarEvents(query)))
export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
