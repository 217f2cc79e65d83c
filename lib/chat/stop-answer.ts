import { ChatConversation } from '../../models/chat-conversation.ts'
import { NotFound } from '../errors.ts'
import { type ChatCaller, owned, ownMaking } from './internal/access.ts'
import { requestStop, requestStopLater } from './internal/running.ts'

/**
 * Stops what is being streamed into a conversation, on whichever instance; what was said is kept. Resolves to
 * how many answers were running. @throws NotFound for a conversation that is not the caller's
 */
export async function stopAnswer(
  caller: ChatCaller,
  { conversationId, sessionId }: { conversationId: string; sessionId?: string | undefined },
): Promise<number> {
  const filter = owned(caller, conversationId, sessionId)
  if (!filter) throw new NotFound('conversation', conversationId)
  const { clerkId } = caller
  const conversation = conversationId
  if (await ChatConversation.exists(filter)) {
    // One that began before its visitor signed in is still marked as nobody's.
    const which = { clerkId: { $in: [clerkId, null] }, conversation }
    return (await requestStop(which)) || requestStopLater(which)
  }
  // A conversation is stored with its first answer only, so that one under way is enough of a proof.
  const proof = clerkId === null ? { sessionId: ownMaking(sessionId) as string } : {}
  const which = { clerkId, conversation, ...proof }
  const stopped = (await requestStop(which)) || (await requestStopLater(which))
  if (stopped === 0) throw new NotFound('conversation', conversationId)
  return stopped
}
