import type { Types } from 'mongoose'
import type { ChatConversationDocument } from '../../models/chat-conversation.ts'
import type { ChatMessage } from '../../models/chat-message.ts'
import type { Citation } from '../knowledge/grounding.ts'

export type ConversationView = {
  id: string
  sessionId: string
  title: string | null
  status: 'active' | 'archived'
  messageCount: number
  lastMessageAt: Date
  createdAt: Date
}

export type MessageView = {
  role: 'user' | 'assistant'
  content: string
  timestamp: Date
  unfinished?: true
  citations?: Citation[]
}

/** What `toConversationView` needs of a stored conversation. */
export const CONVERSATION_FIELDS = {
  sessionId: 1,
  title: 1,
  conversationStatus: 1,
  messageCount: 1,
  lastMessageAt: 1,
  createdAt: 1,
} as const

type Fields = Pick<ChatConversationDocument, keyof typeof CONVERSATION_FIELDS>
/** Rows from before this API lack the fields that it added. */
type Stored = Pick<Fields, 'sessionId' | 'createdAt' | 'lastMessageAt'> &
  Partial<Fields> & { _id: Types.ObjectId }

export function toConversationView(stored: Stored): ConversationView {
  const {
    _id,
    sessionId,
    title = null,
    conversationStatus,
    messageCount = 0,
    lastMessageAt,
    createdAt,
  } = stored
  const status = conversationStatus === 'archived' ? 'archived' : 'active'
  return {
    id: _id.toHexString(),
    sessionId,
    title: title ?? null,
    status,
    messageCount,
    lastMessageAt,
    createdAt,
  }
}

export function toMessageView({ role, content, timestamp, unfinished, citations }: ChatMessage): MessageView {
  return {
    role,
    content,
    timestamp,
    ...(unfinished && { unfinished: true as const }),
    ...(citations && citations.length > 0 && { citations: citations as Citation[] }),
  }
}
