import type { ChatMessage } from '../../models/chat-message.ts'
import type { TokenUsage } from '../ai/complete.ts'
import { contextTokensOf, type ProviderName, providerOf } from '../ai/providers.ts'
import { type Citation, findGrounding } from '../knowledge/grounding.ts'
import { type ChatUnit, takeChatMessage } from '../limits/chat-quota.ts'
import { log } from '../log.ts'
import type { ChatRequest } from './contracts.ts'
import type { ChatCaller } from './internal/access.ts'
import { appendExchange, findAnswer, type StoredAnswer } from './internal/append.ts'
import { type OpenConversation, openConversation } from './internal/open.ts'
import { contextBudget, fitPrompt } from './internal/prompt.ts'
import { beginRunning, type Running } from './internal/running.ts'
import { type Said, say } from './internal/say.ts'

export type ChatAnswer = {
  conversationId: string
  sessionId: string
  message: { role: 'assistant'; content: string; timestamp: Date; unfinished?: true }
  citations: Citation[]
  usage: TokenUsage
  costUsd: number
  provider: ProviderName
  model: string
}

/** An answer about to be given: where it will stand, and what gives it. */
export type BegunChat = {
  conversationId: string
  sessionId: string
  /** Call it once. With `onDelta` the answer is told piece by piece and can be stopped. */
  answer(onDelta?: (content: string) => void): Promise<ChatAnswer>
}

type Task = {
  caller: ChatCaller
  provider: ProviderName
  request: ChatRequest
  conversation: OpenConversation
  effectId: string | null
  running: Running | null
}

/**
 * Prepares the answer to a question, which is then kept with it in a conversation. One message of the quota is
 * taken now and given back when there is no answer. An `effectId` that retries share makes one exchange of them.
 * @throws QuotaExceeded, NotFound, NotConfigured; from `answer` AppError `provider_error`, `provider_timeout`
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
  const running = request.stream ? await beginRunning(place).catch(error => refund(unit, error)) : null
  const task = { caller, provider, request, conversation, effectId, running }
  return { conversationId, sessionId, answer: onDelta => answerOnce(task, unit, onDelta) }
}

async function answerOnce(
  task: Task,
  unit: ChatUnit,
  onDelta?: (content: string) => void,
): Promise<ChatAnswer> {
  try {
    const stored = await answer(task, onDelta)
    if (stored.message.content === '') await giveBack(unit)
    else if (stored.isOwn)
      await unit.keep().catch(fault => log().error({ err: fault }, 'a chat message stays under way'))
    return toAnswer(task.conversation, stored)
  } catch (error) {
    return await refund(unit, error)
  } finally {
    task.running?.end()
  }
}

async function answer(task: Task, onDelta?: (content: string) => void): Promise<StoredAnswer> {
  const { caller, provider, request, conversation, running } = task
  const askedAt = new Date()
  const { question, history } = split(request, conversation)
  const found = await findGrounding(caller.clerkId, question, request.knowledge)
  const { system, model, temperature, maxTokens } = request
  const answerer = providerOf(provider)
  const budget = contextBudget(contextTokensOf(provider, model ?? answerer.chatModel), maxTokens)
  const prompt = await fitPrompt({ system, passages: found.passages, history, question, budget })
  const ask = { messages: prompt.messages, model, temperature, maxTokens }
  const said = await say(answerer, ask, running && onDelta ? { onDelta, signal: running.signal } : null)
  // Passages are sent best first, as many as fit.
  const citations = found.citations.slice(0, prompt.passages.length)
  const grounding = { citations, costUsd: found.costUsd }
  const stored = await store(task, { question, askedAt, said, grounding })
  if (said.fault) throw said.fault
  return stored
}

type Outcome = {
  question: string
  askedAt: Date
  said: Said
  grounding: { citations: Citation[]; costUsd: number }
}

/** What broke off by a fault does not carry the effect id: a retry is to be answered anew. */
function store(
  { caller, provider, request, conversation, effectId }: Task,
  outcome: Outcome,
): Promise<StoredAnswer> {
  const { question, askedAt, said, grounding } = outcome
  const { promptTokens, completionTokens, totalTokens } = said.usage
  const { citations } = grounding
  const costUsd = said.costUsd + grounding.costUsd
  const answered = {
    role: 'assistant' as const,
    content: said.content,
    timestamp: new Date(Math.max(Date.now(), askedAt.getTime() + 1)),
    origin: { provider, model: said.model, promptTokens, completionTokens, costUsd },
    ...(citations.length > 0 && { citations }),
    ...(said.isUnfinished && { unfinished: true }),
    ...(effectId !== null && !said.fault && { effectId }),
  } as ChatMessage
  const asked = { role: 'user' as const, content: question, timestamp: askedAt } as ChatMessage
  const metadata = { provider, model: said.model, tokens_used: totalTokens }
  const { userEmail } = request
  const exchange = { question: asked, answer: answered, userEmail, metadata, effectId }
  return appendExchange(conversation, caller.clerkId, exchange)
}

function toAnswer(conversation: OpenConversation, { message, sessionId }: StoredAnswer): ChatAnswer {
  const { content, timestamp, citations, origin, unfinished } = message
  if (!origin) throw new Error('an answer without its origin')
  const { provider, model, promptTokens, completionTokens, costUsd } = origin
  return {
    conversationId: conversation.id,
    sessionId: sessionId ?? conversation.sessionId,
    message: { role: 'assistant', content, timestamp, ...(unfinished && { unfinished: true as const }) },
    citations: (citations ?? []) as Citation[],
    usage: { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens },
    costUsd,
    provider: provider as ProviderName,
    model,
  }
}

/** A client that sends its own `messages` brings the history; otherwise the stored conversation does. */
function split({ message, messages }: ChatRequest, { recent }: OpenConversation) {
  if (message !== undefined) return { question: message, history: toTurns(recent) }
  const given = messages ?? []
  return { question: given.at(-1)?.content ?? '', history: given.slice(0, -1) }
}

/** Nothing was said in an answer that was stopped at once, and models refuse empty messages. */
function toTurns(recent: readonly ChatMessage[]) {
  return recent.flatMap(({ role, content }) => (content === '' ? [] : [{ role, content }]))
}

async function refund(unit: ChatUnit, error: unknown): Promise<never> {
  await giveBack(unit)
  throw error
}

async function giveBack(unit: ChatUnit): Promise<void> {
  await unit.giveBack().catch(fault => log().error({ err: fault }, 'a chat message could not be given back'))
}
