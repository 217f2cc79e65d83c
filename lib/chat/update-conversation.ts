import { ChatConversation } from '../../models/chat-conversation.ts'
import { NotFound } from '../errors.ts'
import { type ChatCaller, owned } from './internal/access.ts'
import { CONVERSATION_FIELDS, type ConversationView, toConversationView } from './view.ts'

export type Changes = { status?: 'active' | 'archived' | undefined; title?: string | undefined }

/** Renames or archives a conversation. @throws NotFound */
export async function updateConversation(
  caller: ChatCaller,
  id: string,
  { status, title }: Changes,
  sessionId?: string,
): Promise<ConversationView> {
  const filter = owned(caller, id, sessionId)
  const changes = { ...(status && { conversationStatus: status }), ...(title && { title }) }
  const options = { returnDocument: 'after' as const, projection: CONVERSATION_FIELDS }
  const updated =
    filter && (await ChatConversation.findOneAndUpdate(filter, { $set: changes }, options).lean())
  if (!updated) throw new NotFound('conversation', id)
  return toConversationView(updated)
}
