import {
  deleteConversationContract,
  getConversationContract,
  updateConversationContract,
} from '../../../lib/chat/contracts.ts'
import { deleteConversation } from '../../../lib/chat/delete-conversation.ts'
import { getConversation } from '../../../lib/chat/get-conversation.ts'
import { updateConversation } from '../../../lib/chat/update-conversation.ts'
import { ok, otherMethods, route } from '../../../lib/route.ts'

export const GET = route(getConversationContract, async ({ caller, params, query }) =>
  ok(await getConversation(caller, params.id, query)),
)

export const PATCH = route(updateConversationContract, async ({ caller, params, query, body }) =>
  ok(await updateConversation(caller, params.id, body, query.sessionId)),
)

export const DELETE = route(deleteConversationContract, async ({ caller, params, query }) => {
  await deleteConversation(caller, params.id, query.sessionId)
  return ok({ id: params.id, deleted: true as const })
})

export const { POST, PUT, HEAD, OPTIONS } = otherMethods({ GET, PATCH, DELETE })
