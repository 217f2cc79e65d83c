import { type ClientSession, mongo, Types } from 'mongoose'
import { ChatBucket } from '../../../models/chat-bucket.ts'
import { ChatConversation } from '../../../models/chat-conversation.ts'
import type { ChatMessage } from '../../../models/chat-message.ts'
import { inBackgroundOnce } from '../../background.ts'
import { inTransaction } from '../../db/transaction.ts'
import { createTurns } from './turns.ts'

/** Most bytes of messages in one document: under 1 MiB with all that stands beside them. */
export const MAX_HELD_BYTES = 900 * 1024
/** How much a conversation keeps of its newest messages when it spills. */
const KEPT_MESSAGES = 50
const KEPT_BYTES = 256 * 1024

/** What a message takes in a document. */
export function sizeOf(message: ChatMessage): number {
  return mongo.BSON.calculateObjectSize(message)
}

const inTurn = createTurns()

/** Spills a conversation after the answer, unless this instance is at it already. */
export function spillInBackground(id: string, clerkId: string | null): void {
  inBackgroundOnce('spill messages', () => spill(id, clerkId), id)
}

/**
 * Moves all but the newest messages of a conversation into buckets, so many that `room` bytes are free, and then
 * does `work`, in one transaction: a message is in the conversation or in a bucket, never in both or neither.
 * Safe to run at once with appends and itself. Null when the conversation is not there.
 */
export async function spill<T>(
  id: string,
  clerkId: string | null,
  room = 0,
  work: (session: ClientSession) => Promise<T | null> = async () => null,
): Promise<T | null> {
  return inTurn(id, () => spillNow(id, clerkId, room, work))
}

async function spillNow<T>(
  id: string,
  clerkId: string | null,
  room: number,
  work: (session: ClientSession) => Promise<T | null>,
): Promise<T | null> {
  return inTransaction(async session => {
    // Written to before it is read: appends then wait for this transaction, instead of making it start over.
    const found = await ChatConversation.findOneAndUpdate(
      { _id: id, clerkId, conversationStatus: { $ne: 'deleted' as const } },
      { $inc: { spills: 1 } },
      { session, projection: { messages: 1, spilledCount: 1 }, timestamps: false },
    ).lean()
    if (!found) return null
    const { moved, kept } = split(found.messages, Math.min(KEPT_BYTES, MAX_HELD_BYTES - room))
    const from = found.spilledCount ?? 0
    const conversation = new Types.ObjectId(id)
    const buckets = toBuckets(moved, from).map(bucket => ({ ...bucket, conversation, clerkId }))
    if (buckets.length > 0) await ChatBucket.insertMany(buckets, { session })
    const heldBytes = kept.reduce((sum, message) => sum + sizeOf(message), 0)
    const spilledUntil = moved.at(-1)?.timestamp
    const update = { messages: kept, heldBytes, heldCount: kept.length, spilledCount: from + moved.length }
    const until = spilledUntil && { $max: { spilledUntil } }
    await ChatConversation.updateOne({ _id: id, clerkId }, { $set: update, ...until }, { session })
    return work(session)
  })
}

function split(messages: ChatMessage[], keptBytes: number): { moved: ChatMessage[]; kept: ChatMessage[] } {
  let keptFrom = messages.length
  let bytes = 0
  while (keptFrom > 0 && messages.length - keptFrom < KEPT_MESSAGES) {
    bytes += sizeOf(messages[keptFrom - 1] as ChatMessage)
    if (bytes > keptBytes) break
    keptFrom -= 1
  }
  return { moved: messages.slice(0, keptFrom), kept: messages.slice(keptFrom) }
}

function toBuckets(messages: ChatMessage[], from: number): { from: number; messages: ChatMessage[] }[] {
  const buckets: { from: number; messages: ChatMessage[]; bytes: number }[] = []
  for (const [offset, message] of messages.entries()) {
    const size = sizeOf(message)
    const last = buckets.at(-1)
    if (last && last.bytes + size <= MAX_HELD_BYTES) {
      last.messages.push(message)
      last.bytes += size
    } else {
      buckets.push({ from: from + offset, messages: [message], bytes: size })
    }
  }
  return buckets.map(({ from: first, messages: held }) => ({ from: first, messages: held }))
}
