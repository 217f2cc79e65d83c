import { createHash, randomBytes } from 'node:crypto'
import { Types } from 'mongoose'
import { ChatConversation } from '../../../models/chat-conversation.ts'
import type { ChatMessage } from '../../../models/chat-message.ts'
import { NotFound } from '../../errors.ts'
import { type ChatCaller, NOT_DELETED, owned, ownMaking } from './access.ts'
import { takeOver } from './take-over.ts'

/** A conversation to answer in: where its messages go, and what was said last. */
export type OpenConversation = { id: string; sessionId: string; isNew: boolean; recent: ChatMessage[] }

type Names = { conversationId?: string | undefined; sessionId?: string | undefined }

/** How many stored messages may accompany a question. */
const RECENT_MESSAGES = 50

/**
 * The conversation a caller names, or a new one, which is stored only with its first answer. A visitor must
 * prove a conversation is theirs by its session id, which is always of our making; a session id on its own
 * continues the session's newest conversation. A signed-in person who brings a visitor's session id takes its
 * conversations over. An `effectId` leads back to where an earlier attempt was answered; it is also the id of a
 * new conversation that no session decides.
 * @throws NotFound for a conversation that is not the caller's.
 */
export async function openConversation(
  caller: ChatCaller,
  names: Names,
  effectId: string | null,
): Promise<OpenConversation> {
  const { conversationId } = names
  const sessionId = caller.clerkId === null ? ownMaking(names.sessionId) : names.sessionId
  const find = () =>
    conversationId === undefined
      ? findBySession(caller, sessionId, effectId)
      : findById(caller, conversationId, sessionId)
  const own = await find()
  if (own) return own
  const taken = await takeOver(caller, sessionId)
  const found = taken.length > 0 ? ((await find()) ?? stillRunning(taken, names)) : null
  if (found) return found
  if (conversationId !== undefined) throw new NotFound('conversation', conversationId)
  if (sessionId === undefined || caller.clerkId === null) return begin(caller, effectId)
  return { id: await firstIdOf(caller.clerkId, sessionId), sessionId, isNew: true, recent: [] }
}

/** A conversation that was taken over before its first answer was stored. */
function stillRunning(taken: string[], { conversationId, sessionId }: Names): OpenConversation | null {
  const id = conversationId === undefined ? taken[0] : taken.find(one => one === conversationId)
  return id === undefined || sessionId === undefined ? null : { id, sessionId, isNew: true, recent: [] }
}

async function findById(caller: ChatCaller, id: string, sessionId: string | undefined) {
  const filter = owned(caller, id, sessionId)
  return filter && findNewest(filter)
}

async function findBySession(
  { clerkId }: ChatCaller,
  sessionId: string | undefined,
  effectId: string | null,
): Promise<OpenConversation | null> {
  if (sessionId === undefined) return null
  const ofSession = { clerkId, sessionId, ...NOT_DELETED }
  const answered = effectId && (await findNewest({ ...ofSession, 'messages.effectId': effectId }))
  return answered || findNewest(ofSession)
}

async function begin({ clerkId }: ChatCaller, effectId: string | null): Promise<OpenConversation> {
  const begun = effectId === null ? null : await findNewest({ _id: effectId, clerkId, ...NOT_DELETED })
  const id = effectId ?? new Types.ObjectId().toHexString()
  return begun ?? { id, sessionId: newSessionId(), isNew: true, recent: [] }
}

type Filter = { clerkId: string | null; _id?: string; sessionId?: string; 'messages.effectId'?: string }

async function findNewest(filter: Filter): Promise<OpenConversation | null> {
  const found = await ChatConversation.findOne(filter, {
    sessionId: 1,
    messages: { $slice: -RECENT_MESSAGES },
  })
    .sort({ lastMessageAt: -1 })
    .lean<{ _id: Types.ObjectId; sessionId: string; messages: ChatMessage[] }>()
  if (!found) return null
  return { id: found._id.toHexString(), sessionId: found.sessionId, isNew: false, recent: found.messages }
}

/**
 * The id of a session's next conversation: the same for all that begin it at once, and another one after each
 * deletion.
 */
async function firstIdOf(clerkId: string, sessionId: string): Promise<string> {
  const ofSession = { clerkId, sessionId, conversationStatus: 'deleted' as const }
  const deleted = await ChatConversation.find(ofSession, { _id: 1 }).lean()
  const taken = new Set(deleted.map(({ _id }) => _id.toHexString()))
  const after = (id: string | null) =>
    createHash('sha256')
      .update(JSON.stringify([clerkId, sessionId, id]))
      .digest('hex')
      .slice(0, 24)
  let id = after(null)
  while (taken.has(id)) id = after(id)
  return id
}

/** 192 random bits: knowing it is what lets a visitor continue. */
function newSessionId(): string {
  return `chat_${randomBytes(24).toString('base64url')}`
}
