import { ChatBucket } from '../../models/chat-bucket.ts'
import { ChatConversation } from '../../models/chat-conversation.ts'
import type { ChatMessage } from '../../models/chat-message.ts'
import { notOurs } from '../db/page.ts'
import { NotFound } from '../errors.ts'
import { type ChatCaller, owned } from './internal/access.ts'
import {
  CONVERSATION_FIELDS,
  type ConversationView,
  type MessageView,
  toConversationView,
  toMessageView,
} from './view.ts'

type Request = { limit: number; cursor?: string | undefined; sessionId?: string | undefined }

const MAX_PAGE_BYTES = 3 * 1024 * 1024
/** Mostly a page is in one of them. */
const BUCKETS_AT_ONCE = 4

export type ConversationPage = ConversationView & { messages: MessageView[]; nextCursor: string | null }

/**
 * A conversation with a page of its messages: the newest first, each page in time order. What a page costs does
 * not grow with the conversation's length. @throws NotFound, InvalidInput for a cursor not of ours
 */
export async function getConversation(
  caller: ChatCaller,
  id: string,
  { limit, cursor, sessionId }: Request,
): Promise<ConversationPage> {
  const before = readCursor(cursor)
  const filter = owned(caller, id, sessionId)
  const fields = { ...CONVERSATION_FIELDS, spilledCount: 1, ...(!before?.isSpilled && { messages: 1 }) }
  const found = filter && (await ChatConversation.findOne(filter, fields).lean())
  if (!found) throw new NotFound('conversation', id)
  const { messages: held = [], spilledCount: spilled = 0 } = found
  const end = Math.min(before?.position ?? Number.POSITIVE_INFINITY, spilled + held.length)
  const from = Math.max(0, end - limit)
  const older = from < spilled ? await readSpilled(caller.clerkId, id, from, Math.min(end, spilled)) : []
  const newer = held.slice(Math.max(0, from - spilled), Math.max(0, end - spilled))
  const messages = newestThatFit([...older, ...newer])
  const start = end - messages.length
  const nextCursor = start > 0 ? `${start <= spilled ? 's' : 'h'}${start}` : null
  return { ...toConversationView(found), messages: messages.map(toMessageView), nextCursor }
}

/** A page ends early where it would pass what Vercel sends in a response, 4.5 MB; it has one message at least. */
function newestThatFit(messages: ChatMessage[]): ChatMessage[] {
  let bytes = 0
  const oldest = messages.findLastIndex((message, index) => {
    bytes += Buffer.byteLength(JSON.stringify(message))
    return bytes > MAX_PAGE_BYTES && index < messages.length - 1
  })
  return messages.slice(oldest + 1)
}

/** Spilled messages by position, `from` included, `to` not. */
async function readSpilled(
  clerkId: string | null,
  id: string,
  from: number,
  to: number,
): Promise<ChatMessage[]> {
  const pieces: ChatMessage[][] = []
  for (let end = to; end > from; ) {
    const earlier = { clerkId, conversation: id, from: { $lt: end } }
    const buckets = await ChatBucket.find(earlier, { from: 1, messages: 1 })
      .sort({ from: -1 })
      .limit(BUCKETS_AT_ONCE)
      .lean()
    for (const bucket of buckets)
      pieces.unshift(bucket.messages.slice(Math.max(0, from - bucket.from), to - bucket.from))
    end = buckets.at(-1)?.from ?? from
  }
  return pieces.flat()
}

/** The position before which to read, and whether all before it had left the conversation's own document. */
function readCursor(cursor: string | undefined): { position: number; isSpilled: boolean } | null {
  if (cursor === undefined) return null
  const [, place, digits] = /^([sh])(\d{1,9})$/.exec(cursor) ?? []
  if (!digits) throw notOurs()
  return { position: Number(digits), isSpilled: place === 's' }
}
