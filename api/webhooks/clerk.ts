import { ok, otherMethods, route } from '../../lib/route.ts'
import { clerkWebhookContract } from '../../lib/users/contracts.ts'
import { receiveClerkEvent } from '../../lib/users/receive-clerk-event.ts'

export const POST = route(clerkWebhookContract, async ({ raw, headers }) =>
  ok({ outcome: await receiveClerkEvent({ body: raw, headers }) }),
)
export const { GET, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ POST })
