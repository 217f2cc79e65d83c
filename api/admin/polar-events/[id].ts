import { replayPolarEventContract } from '../../../lib/billing/contracts.ts'
import { replayPolarEvent } from '../../../lib/billing/replay-event.ts'
import { byAction, ok, otherMethods, route } from '../../../lib/route.ts'

export const POST = byAction(
  route(replayPolarEventContract, async ({ caller, params }) =>
    ok(await replayPolarEvent(caller, params.id)),
  ),
)
export const { GET, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ POST })
