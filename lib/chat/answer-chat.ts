import { Types } from 'mongoose'
import type { ChatMessage } from '../../models/chat-message.ts'
import type { TokenUsage } from '../ai/complete.ts'
import { type ProviderName, providerOf } from '../ai/providers.ts'
import { untilReached } from '../db/until-reached.ts'
import type { Citation } from '../knowledge/grounding.ts'
import { type ChatUnit, onceTaken, refunded, takeChatMessage } from '../limits/chat-quota.ts'
import { log } from '../log.ts'
import type { ModelCall } from '../usage/call-facts.ts'
import type { ChatRequest } from './contracts.ts'
import type { ChatCaller } from './internal/access.ts'
import { appendExchange, findAnswer, type StoredAnswer } from './internal/append.ts'
import { ask, type Outcome } from './internal/ask.ts'
import { type OpenConversation, openConversation } from './internal/open.ts'
import { beginRunning, type Running } from './internal/running.ts'

export type ChatAnswer = {
  conversationId: string
  sessionId: string
  message: { role: 'assistant'; content: string; timestamp: Date; unfinished?: true }
  citations: Citation[]
  usage: TokenUsage
  provider: ProviderName
  model: string
}

export type Listener = {
  /** With it the answer is told piece by piece, and can be stopped. */
  onDelta?: (content: string) => void
  /** Told what the answer took, also of one that broke off. */
  onSpent?: (call: ModelCall) => void
}

/** An answer about to be given: where it will stand, and what gives it. */
export type BegunChat = {
  conversationId: string
  sessionId: string
  /** Call it once. @throws AppError `provider_error`, `provider_timeout`; InvalidInput, NotFound */
  answer(listener?: Listener): Promise<ChatAnswer>
}

type Task = {
  caller: ChatCaller
  provider: ProviderName
  request: ChatRequest
  conversation: OpenConversation
  effectId: string | null
  unit: ChatUnit
  running: Running | null
}

/**
 * Prepares the answer to a question, which is then kept with it in a conversation. One message of the quota is
 * taken now and given back when nothing is said. An `effectId` that retries share makes one exchange of them.
 * @throws QuotaExceeded, NotFound, NotConfigured
 */
export async function beginChat(
  caller: ChatCaller,
  provider: ProviderName,
  request: ChatRequest,
  effectId: string | null = null,
): Promise<BegunChat> {
  providerOf(provider)
  const conversation = await openConversation(caller, request, effectId)
  const { id: conversationId, sessionId } = conversation
  const mayBeAnswered = effectId !== null && !conversation.isNew
  const given = mayBeAnswered && (await findAnswer(conversationId, caller.clerkId, effectId))
  if (given) return { conversationId, sessionId, answer: async () => toAnswer(conversation, given) }
  const unit = await takeChatMessage(caller, effectId)
  const place = { conversationId, sessionId, clerkId: caller.clerkId }
  const running = request.stream ? await refunded(unit, beginRunning(place)) : null
  const task = { caller, provider, request, conversation, effectId, unit, running }
  return { conversationId, sessionId, answer: listener => answer(task, listener) }
}

async function answer(task: Task, { onDelta, onSpent }: Listener = {}): Promise<ChatAnswer> {
  const { caller, provider, request, conversation, unit, running } = task
  try {
    const stream = running && onDelta ? { onDelta, signal: running.signal } : null
    const question = { clerkId: caller.clerkId, provider, request, recent: conversation.recent, stream }
    const outcome = await refunded(unit, onceTaken(unit, ask(question)))
    const { said } = outcome
    onSpent?.(spentOn(provider, outcome))
    // Of what broke off nothing is counted, nor of what was stopped before its first word.
    const isFree = said.fault || (said.isUnfinished && said.content === '')
    const counted = settled(isFree ? unit.giveBack() : unit.keep())
    const stored = await store(task, outcome).finally(() => counted)
    if (said.fault) throw said.fault
    return toAnswer(conversation, stored)
  } catch (error) {
    running?.stop()
    throw error
  } finally {
    running?.end()
  }
}

/**
 * What broke off by a fault does not carry the effect id: a retry is to be answered anew. All else has one, by
 * which it is stored once however often that is tried.
 */
async function store(task: Task, outcome: Outcome): Promise<StoredAnswer> {
  const { caller, provider, request, conversation, effectId, running } = task
  const { question, askedAt, said, citations } = outcome
  const { model, promptTokens, completionTokens, costUsd } = spentOn(provider, outcome)
  const mark = said.fault ? null : (effectId ?? new Types.ObjectId().toHexString())
  const answered = {
    role: 'assistant' as const,
    content: said.content,
    timestamp: new Date(Math.max(Date.now(), askedAt.getTime() + 1)),
    origin: { provider, model, promptTokens, completionTokens, costUsd },
    ...(citations.length > 0 && { citations }),
    ...(said.isUnfinished && { unfinished: true }),
    ...(mark !== null && { effectId: mark }),
  } as ChatMessage
  const asked = { role: 'user' as const, content: question, timestamp: askedAt } as ChatMessage
  const metadata = { provider, model, tokens_used: promptTokens + completionTokens }
  const { userEmail } = request
  const exchange = { question: asked, answer: answered, userEmail, metadata, effectId: mark ?? effectId }
  const append = async () => {
    // A visitor may have signed in while the first answer was streamed.
    const owner = caller.clerkId ?? (await running?.owner()) ?? null
    return appendExchange(conversation, owner, exchange)
  }
  return mark === null ? append() : untilReached(append)
}

function spentOn(provider: ProviderName, { said, searchUsd }: Outcome): ModelCall {
  const { promptTokens, completionTokens } = said.usage
  return { provider, model: said.model, promptTokens, completionTokens, costUsd: said.costUsd + searchUsd }
}

function toAnswer(conversation: OpenConversation, { message, sessionId }: StoredAnswer): ChatAnswer {
  const { content, timestamp, citations, origin, unfinished } = message
  if (!origin) throw new Error('an answer without its origin')
  const { provider, model, promptTokens, completionTokens } = origin
  return {
    conversationId: conversation.id,
    sessionId: sessionId ?? conversation.sessionId,
    message: { role: 'assistant', content, timestamp, ...(unfinished && { unfinished: true as const }) },
    citations: (citations ?? []) as Citation[],
    usage: { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens },
    provider: provider as ProviderName,
    model,
  }
}

/** What is answered must not fail by its count. */
async function settled(count: Promise<void>): Promise<void> {
  await count.catch(fault => log().error({ err: fault }, 'a chat message could not be counted'))
}
