import { ChatConversation } from '../../models/chat-conversation.ts'
import { inBackground } from '../background.ts'
import { NotFound } from '../errors.ts'
import { type ChatCaller, owned } from './internal/access.ts'
import { requestStop, requestStopLater } from './internal/running.ts'

/**
 * Deletes a conversation: nobody can reach it any more, and retention removes it later. What is being streamed
 * into it is stopped. @throws NotFound
 */
export async function deleteConversation(caller: ChatCaller, id: string, sessionId?: string): Promise<void> {
  const filter = owned(caller, id, sessionId)
  const { matchedCount } = filter
    ? await ChatConversation.updateOne(filter, { $set: { conversationStatus: 'deleted' } })
    : { matchedCount: 0 }
  if (matchedCount === 0) throw new NotFound('conversation', id)
  const streamed = { clerkId: caller.clerkId, conversation: id }
  if ((await requestStop(streamed)) === 0) inBackground('stop an answer', requestStopLater(streamed))
}
