import { ChatConversation } from '../../models/chat-conversation.ts'
import type { TenantCaller } from '../auth/caller.ts'
import { afterMoment, type Page, type PageRequest, toPageByMoment } from '../db/page.ts'
import { CONVERSATION_FIELDS, type ConversationView, toConversationView } from './view.ts'

/** The caller's conversations, the one spoken in last first, without messages. @throws InvalidInput */
export async function listConversations(
  { clerkId }: TenantCaller,
  { status, limit, cursor }: PageRequest & { status: 'active' | 'archived' },
): Promise<Page<ConversationView>> {
  const filter = { clerkId, conversationStatus: status, ...afterMoment('lastMessageAt', cursor) }
  const found = await ChatConversation.find(filter, CONVERSATION_FIELDS)
    .sort({ lastMessageAt: -1, _id: -1 })
    .hint({ clerkId: 1, conversationStatus: 1, lastMessageAt: -1, _id: -1 })
    .limit(limit + 1)
    .lean()
  return toPageByMoment('lastMessageAt', found, limit, toConversationView)
}
