import { setTimeout as sleep } from 'node:timers/promises'
import type { ClientSession } from 'mongoose'
import { ChatBucket } from '../../../models/chat-bucket.ts'
import { ChatConversation } from '../../../models/chat-conversation.ts'
import type { ChatMessage } from '../../../models/chat-message.ts'
import { TransactionTimeout } from '../../db/transaction.ts'
import { NotFound } from '../../errors.ts'
import { NOT_DELETED } from './access.ts'
import type { OpenConversation } from './open.ts'
import { MAX_HELD_BYTES, sizeOf, spill, spillInBackground } from './spill.ts'
import { storeFirst } from './store-first.ts'
import { ownerNow } from './take-over.ts'
import { createTurns } from './turns.ts'

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

/** Messages a conversation may hold before the older ones move to buckets. */
const MAX_HELD_MESSAGES = 100
/** How long an answer waits for its turn in a conversation that many write to at once. */
const PATIENCE_MS = 30_000
const MAX_PAUSE_MS = 200

const inTurn = createTurns()

export type Exchange = {
  question: ChatMessage
  answer: ChatMessage
  userEmail: string | undefined
  metadata: Record<string, unknown>
  /** Shared by attempts at one request, of which one alone may append. */
  effectId: string | null
}

/**
 * Adds a question and its answer in one atomic write, creating the conversation if it is new; an archived one is
 * active again. The document never outgrows its bound: older messages move to buckets, in the same transaction
 * when there is no room, else afterwards. Gives the answer that is stored: of attempts that share an effect id
 * the first one's.
 * @throws NotFound for a conversation deleted meanwhile, TransactionTimeout when there was no way through
 */
export async function appendExchange(
  conversation: OpenConversation,
  clerkId: string | null,
  exchange: Exchange,
): Promise<StoredAnswer> {
  const { id, sessionId, isNew } = conversation
  const { effectId } = exchange
  const deadline = Date.now() + PATIENCE_MS
  let owner = clerkId
  let timed = exchange
  const stored = () => ({ message: timed.answer, sessionId, isOwn: true })
  if (isNew && (await storeFirst(conversation, owner, exchange))) return stored()
  for (;;) {
    const write = (session?: ClientSession) => push(id, owner, timed, session)
    if (await inTurn(id, write)) return stored()
    const earlier = effectId ? await findAnswer(id, owner, effectId) : null
    if (earlier) return earlier
    const there = await ChatConversation.findOne(
      { _id: id, clerkId: owner, ...NOT_DELETED },
      { spilledUntil: 1 },
    ).lean()
    const heir = there || owner !== null ? null : await ownerNow(id, sessionId)
    if (!there && heir === null) throw new NotFound('conversation', id)
    if (Date.now() > deadline) throw new TransactionTimeout('too many write to the conversation')
    if (heir !== null) owner = heir
    else if (isLate(timed, there?.spilledUntil)) timed = inTime(timed, there.spilledUntil)
    else {
      // Full, or of a time when sizes were not kept.
      const room = sizeOf(timed.question) + sizeOf(timed.answer)
      if (await spill(id, owner, room, write).catch(unlessBusy)) return stored()
      await sleep(Math.random() * MAX_PAUSE_MS)
    }
  }
}

/** Adds the exchange if there is room for it and nothing newer has spilled. */
async function push(
  id: string,
  clerkId: string | null,
  { question, answer, userEmail, metadata, effectId }: Exchange,
  session: ClientSession | undefined,
): Promise<true | null> {
  const bytes = sizeOf(question) + sizeOf(answer)
  const told = Object.entries(metadata).map(([name, value]) => [`metadata.${name}`, value] as const)
  const active = { conversationStatus: 'active' as const }
  const update = {
    // Sorted, because answers given at once end in another order than their questions came.
    $push: { messages: { $each: [question, answer], $sort: { timestamp: 1 as const } } },
    $inc: { messageCount: 2, heldCount: 2, heldBytes: bytes },
    $max: { lastMessageAt: answer.timestamp },
    $set: { ...Object.fromEntries(told), ...active, ...(userEmail && { userEmail }) },
  }
  const open = {
    _id: id,
    clerkId,
    ...NOT_DELETED,
    heldBytes: { $lte: Math.max(0, MAX_HELD_BYTES - bytes) },
    spilledUntil: { $not: { $gte: question.timestamp } },
    ...(effectId && { 'messages.effectId': { $ne: effectId } }),
  }
  const options = {
    returnDocument: 'after' as const,
    projection: { heldCount: 1 },
    ...(session && { session }),
  }
  const held = await ChatConversation.findOneAndUpdate(open, update, options).lean()
  if (held && (held.heldCount ?? 0) > MAX_HELD_MESSAGES) spillInBackground(id, clerkId)
  return held ? true : null
}

/** Whether something newer has left the conversation's own document meanwhile. */
function isLate({ question }: Exchange, spilledUntil: Date | null | undefined): spilledUntil is Date {
  return Boolean(spilledUntil && spilledUntil >= question.timestamp)
}

/** An answer that took long takes its place after all that has spilled meanwhile. */
function inTime(exchange: Exchange, spilledUntil: Date): Exchange {
  const { question, answer } = exchange
  const asked = spilledUntil.getTime() + 1
  const answered = Math.max(asked + 1, answer.timestamp.getTime())
  return {
    ...exchange,
    question: { ...question, timestamp: new Date(asked) },
    answer: { ...answer, timestamp: new Date(answered) },
  }
}

function unlessBusy(error: unknown): null {
  if (error instanceof TransactionTimeout) return null
  throw error
}
