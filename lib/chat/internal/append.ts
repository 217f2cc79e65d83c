import { ChatBucket } from '../../../models/chat-bucket.ts'
import { ChatConversation } from '../../../models/chat-conversation.ts'
import type { ChatMessage } from '../../../models/chat-message.ts'
import { isDuplicateKey } from '../../db/faults.ts'
import { NotFound } from '../../errors.ts'
import { NOT_DELETED } from './access.ts'
import type { OpenConversation } from './open.ts'
import { MAX_HELD_BYTES, sizeOf, spill, spillInBackground } from './spill.ts'
import { ownerNow } from './take-over.ts'

/** An answer, and the session it was stored in if that is known. `isOwn` is false of an earlier attempt's. */
export type StoredAnswer = { message: ChatMessage; sessionId: string | undefined; isOwn: boolean }

/** The answer that an earlier attempt at the same request stored, if one did. */
export async function findAnswer(
  id: string,
  clerkId: string | null,
  effectId: string,
): Promise<StoredAnswer | null> {
  const ours = { 'messages.effectId': effectId }
  const only = { sessionId: 1, 'messages.$': 1 } as const
  const held = await ChatConversation.findOne({ _id: id, clerkId, ...NOT_DELETED, ...ours }, only).lean()
  const found = held ?? (await ChatBucket.findOne({ clerkId, conversation: id, ...ours }, only).lean())
  const message = found?.messages[0]
  return message ? { message, sessionId: held?.sessionId, isOwn: false } : null
}

const TITLE_CHARS = 80
const APPEND_ATTEMPTS = 5
/** Messages a conversation may hold before the older ones move to buckets. */
const MAX_HELD_MESSAGES = 100

export type Exchange = {
  question: ChatMessage
  answer: ChatMessage
  userEmail: string | undefined
  metadata: Record<string, unknown>
  /** Shared by attempts at one request, of which one alone may append. */
  effectId: string | null
}

/**
 * Adds a question and its answer in one atomic write, creating the conversation if it is new. The document
 * never outgrows its bound: older messages move to buckets, at once when there is no room, else afterwards.
 * Gives the answer that is stored: of attempts that share an effect id the first one's.
 * @throws NotFound for a conversation deleted meanwhile.
 */
export async function appendExchange(
  { id, sessionId, isNew }: OpenConversation,
  clerkId: string | null,
  { question, answer, userEmail, metadata, effectId }: Exchange,
): Promise<StoredAnswer> {
  const bytes = sizeOf(question) + sizeOf(answer)
  const title = question.content.slice(0, TITLE_CHARS).toWellFormed()
  const told = Object.entries(metadata).map(([name, value]) => [`metadata.${name}`, value] as const)
  const update = {
    // Sorted, because answers given at once end in another order than their questions came.
    $push: { messages: { $each: [question, answer], $sort: { timestamp: 1 as const } } },
    $inc: { messageCount: 2, heldCount: 2, heldBytes: bytes },
    $max: { lastMessageAt: answer.timestamp },
    $set: { ...Object.fromEntries(told), ...(userEmail && { userEmail }) },
    $setOnInsert: { sessionId, title, conversationId: id },
  }
  const hasRoom = { $lte: Math.max(0, MAX_HELD_BYTES - bytes) }
  const isFirst = effectId && { 'messages.effectId': { $ne: effectId } }
  const options = { upsert: isNew, returnDocument: 'after' as const, projection: { heldCount: 1 } }
  let owner = clerkId
  for (let attempt = 0; attempt < APPEND_ATTEMPTS; attempt++) {
    const open = { _id: id, clerkId: owner, ...NOT_DELETED, heldBytes: hasRoom, ...isFirst }
    const held = await ChatConversation.findOneAndUpdate(open, update, options).lean().catch(nullIfTaken)
    if (held && (held.heldCount ?? 0) > MAX_HELD_MESSAGES) spillInBackground(id, owner)
    if (held) return { message: answer, sessionId, isOwn: true }
    const earlier = effectId ? await findAnswer(id, owner, effectId) : null
    if (earlier) return earlier
    // Full, or of a time when sizes were not kept; others may fill it again before this one's turn.
    if (await spill(id, owner, bytes)) continue
    const heir = owner === null ? await ownerNow(id, sessionId) : null
    if (heir === null) break
    owner = heir
  }
  throw new NotFound('conversation', id)
}

/** An upsert finds its id taken when the conversation is there and not as the filter wants it. */
function nullIfTaken(error: unknown): null {
  if (isDuplicateKey(error)) return null
  throw error
}
