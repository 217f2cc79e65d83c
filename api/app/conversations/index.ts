import { listConversationsContract } from '../../../lib/chat/contracts.ts'
import { listConversations } from '../../../lib/chat/list-conversations.ts'
import { ok, otherMethods, route } from '../../../lib/route.ts'

export const GET = route(listConversationsContract, async ({ caller, query }) =>
  ok(await listConversations(caller, query)),
)

export const { POST, PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET })
