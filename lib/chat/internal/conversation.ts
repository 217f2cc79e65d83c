import { randomBytes } from 'node:crypto'
import { Types } from 'mongoose'
import { ChatBucket } from '../../../models/chat-bucket.ts'
import { ChatConversation } from '../../../models/chat-conversation.ts'
import type { ChatMessage } from '../../../models/chat-message.ts'
import type { TenantCaller, VisitorCaller } from '../../auth/caller.ts'
import { isDuplicateKey } from '../../db/faults.ts'
import { NotFound } from '../../errors.ts'
import { MAX_HELD_BYTES, sizeOf, spill, spillInBackground } from './spill.ts'

/** A conversation to answer in: where its messages go, and what was said last. */
export type OpenConversation = { id: string; sessionId: string; isNew: boolean; recent: ChatMessage[] }

type Names = { conversationId?: string | undefined; sessionId?: string | undefined }

/** An answer, and the session it was stored in if that is known. `isOwn` is false of an earlier attempt's. */
export type StoredAnswer = { message: ChatMessage; sessionId: string | undefined; isOwn: boolean }

/** The answer that an earlier attempt at the same request stored, if one did. */
export async function findAnswer(
  id: string,
  clerkId: string | null,
  effectId: string,
): Promise<StoredAnswer | null> {
  const ours = { 'messages.effectId': effectId }
  const isOpen = { conversationStatus: { $ne: 'deleted' as const } }
  const only = { sessionId: 1, 'messages.$': 1 } as const
  const held = await ChatConversation.findOne({ _id: id, clerkId, ...isOpen, ...ours }, only).lean()
  const found = held ?? (await ChatBucket.findOne({ clerkId, conversation: id, ...ours }, only).lean())
  const message = found?.messages[0]
  return message ? { message, sessionId: held?.sessionId, isOwn: false } : null
}

/** How many stored messages may accompany a question. */
const RECENT_MESSAGES = 20
const TITLE_CHARS = 80
const APPEND_ATTEMPTS = 5

/**
 * The conversation a caller names, or a new one, which is stored only with its first answer. A visitor must
 * prove a conversation is theirs by its session id, which is always of our making; a session id on its own
 * continues the session's newest conversation. A new one's id is `newId`, if that is given.
 * @throws NotFound for a conversation that is not the caller's.
 */
export async function openConversation(
  caller: TenantCaller | VisitorCaller,
  names: Names,
  newId: string | null,
): Promise<OpenConversation> {
  const { clerkId } = caller
  const { conversationId } = names
  const sessionId = clerkId === null ? ownMaking(names.sessionId) : names.sessionId
  if (conversationId !== undefined) {
    const isVisitor = clerkId === null
    if (isVisitor && sessionId === undefined) throw new NotFound('conversation', conversationId)
    const found = await find({ _id: conversationId, clerkId, ...(isVisitor && { sessionId }) })
    if (!found) throw new NotFound('conversation', conversationId)
    return found
  }
  const begun = newId === null ? null : await find({ _id: newId, clerkId })
  if (begun) return begun
  const continued = sessionId === undefined ? null : await find({ clerkId, sessionId })
  if (continued) return continued
  const own = clerkId === null ? undefined : sessionId
  const id = newId ?? new Types.ObjectId().toHexString()
  return { id, sessionId: own ?? newSessionId(), isNew: true, recent: [] }
}

/** Messages a conversation may hold before the older ones move to buckets. */
const MAX_HELD_MESSAGES = 100

/**
 * Adds a question and its answer in one atomic write, creating the conversation if it is new. The document
 * never outgrows its bound: older messages move to buckets, at once when there is no room, else afterwards.
 * Gives the answer that is stored: of attempts that share an effect id the first one's.
 * @throws NotFound for a conversation deleted meanwhile.
 */
export async function appendExchange(
  { id, sessionId, isNew }: OpenConversation,
  clerkId: string | null,
  exchange: [ChatMessage, ChatMessage],
  { userEmail, metadata }: { userEmail: string | undefined; metadata: Record<string, unknown> },
): Promise<StoredAnswer> {
  const [question, answer] = exchange
  const { effectId } = answer
  const bytes = sizeOf(question) + sizeOf(answer)
  const title = question.content.slice(0, TITLE_CHARS).toWellFormed()
  const update = {
    // Sorted, because answers given at once end in another order than their questions came.
    $push: { messages: { $each: exchange, $sort: { timestamp: 1 as const } } },
    $inc: { messageCount: exchange.length, heldCount: exchange.length, heldBytes: bytes },
    $max: { lastMessageAt: answer.timestamp },
    $set: { metadata, ...(userEmail && { userEmail }) },
    $setOnInsert: { sessionId, title, conversationId: id },
  }
  const hasRoom = { $lte: Math.max(0, MAX_HELD_BYTES - bytes) }
  const open = {
    _id: id,
    clerkId,
    conversationStatus: { $ne: 'deleted' as const },
    heldBytes: hasRoom,
    ...(effectId && { 'messages.effectId': { $ne: effectId } }),
  }
  const options = { upsert: isNew, returnDocument: 'after' as const, projection: { heldCount: 1 } }
  for (let attempt = 0; attempt < APPEND_ATTEMPTS; attempt++) {
    const held = await ChatConversation.findOneAndUpdate(open, update, options).lean().catch(nullIfTaken)
    if (held && (held.heldCount ?? 0) > MAX_HELD_MESSAGES) spillInBackground(id, clerkId)
    if (held) return { message: answer, sessionId, isOwn: true }
    const earlier = effectId ? await findAnswer(id, clerkId, effectId) : null
    if (earlier) return earlier
    // Full, or of a time when sizes were not kept; others may fill it again before this one's turn.
    if (!(await spill(id, clerkId, bytes))) break
  }
  throw new NotFound('conversation', id)
}

/** An upsert finds its id taken when the conversation is there and not as the filter wants it. */
function nullIfTaken(error: unknown): null {
  if (isDuplicateKey(error)) return null
  throw error
}

async function find(filter: {
  clerkId: string | null
  _id?: string
  sessionId?: string | undefined
}): Promise<OpenConversation | null> {
  const found = await ChatConversation.findOne(
    { ...filter, conversationStatus: { $ne: 'deleted' as const } },
    { sessionId: 1, messages: { $slice: -RECENT_MESSAGES } },
  )
    .sort({ _id: -1 })
    .lean<{ _id: Types.ObjectId; sessionId: string; messages: ChatMessage[] }>()
  if (!found) return null
  return { id: found._id.toHexString(), sessionId: found.sessionId, isNew: false, recent: found.messages }
}

const SESSION_ID = /^chat_[\w-]{32}$/

/** A visitor's session id of another form can be guessed, so it opens nothing. */
function ownMaking(sessionId: string | undefined): string | undefined {
  return sessionId !== undefined && SESSION_ID.test(sessionId) ? sessionId : undefined
}

/** 192 random bits: knowing it is what lets a visitor continue. */
function newSessionId(): string {
  return `chat_${randomBytes(24).toString('base64url')}`
}
