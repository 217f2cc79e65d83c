import { polarWebhookContract } from '../../lib/billing/contracts.ts'
import { receivePolarEvent } from '../../lib/billing/receive-polar-event.ts'
import { ok, otherMethods, route } from '../../lib/route.ts'

export const POST = route(polarWebhookContract, async ({ raw, headers }) =>
  ok(await receivePolarEvent({ body: raw, headers })),
)
export const { GET, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ POST })
