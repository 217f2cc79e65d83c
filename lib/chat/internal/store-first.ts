import { Types } from 'mongoose'
import { ChatConversation } from '../../../models/chat-conversation.ts'
import { gatheredWrites } from '../../db/gathered.ts'
import type { Exchange } from './append.ts'
import type { OpenConversation } from './open.ts'
import { sizeOf } from './spill.ts'

const TITLE_CHARS = 80

type Row = ReturnType<typeof rowOf>

/**
 * Stores a new conversation with its first exchange; those of the same moment share a command. False when the
 * conversation is there already.
 */
export function storeFirst(
  conversation: OpenConversation,
  clerkId: string | null,
  exchange: Exchange,
): Promise<boolean> {
  return insert(rowOf(conversation, clerkId, exchange))
}

/** Straight through the driver: the rows are our own, and casting each would cost more than the insert. */
const insert = gatheredWrites<Row>(rows => ChatConversation.collection.insertMany(rows, { ordered: false }))

function rowOf(
  { id, sessionId }: OpenConversation,
  clerkId: string | null,
  { question, answer, userEmail, metadata }: Exchange,
) {
  const now = new Date()
  return {
    _id: new Types.ObjectId(id),
    sessionId,
    conversationId: id,
    userEmail: userEmail ?? null,
    clerkId,
    title: question.content.slice(0, TITLE_CHARS).toWellFormed(),
    messages: [question, answer],
    messageCount: 2,
    heldBytes: sizeOf(question) + sizeOf(answer),
    heldCount: 2,
    spilledCount: 0,
    spilledUntil: null,
    spills: 0,
    metadata,
    conversationStatus: 'active',
    type: 'chat',
    lastMessageAt: answer.timestamp,
    createdAt: now,
    updatedAt: now,
  }
}
