import type { ChatMessage } from '../../models/chat-message.ts'
import { complete, type TokenUsage } from '../ai/complete.ts'
import { type ProviderName, providerOf } from '../ai/providers.ts'
import type { TenantCaller, VisitorCaller } from '../auth/caller.ts'
import { type Hit, searchKnowledge } from '../knowledge/search.ts'
import { takeChatMessage } from '../limits/chat-quota.ts'
import { log } from '../log.ts'
import type { ChatRequest } from './contracts.ts'
import {
  appendExchange,
  findAnswer,
  type OpenConversation,
  openConversation,
  type StoredAnswer,
} from './internal/conversation.ts'
import { buildPrompt, newestThatFit } from './internal/prompt.ts'

export type Citation = { fileId: string; name: string; chunk: number; score: number; excerpt: string }

export type ChatAnswer = {
  conversationId: string
  sessionId: string
  message: { role: 'assistant'; content: string; timestamp: Date }
  citations: Citation[]
  usage: TokenUsage
  costUsd: number
  provider: ProviderName
  model: string
}

/** Below this cosine a passage has nothing to do with the question, whatever the embedding model. */
const MIN_CITED_SCORE = 0.05
const EXCERPT_CHARS = 300
/** How much of a question is searched for. */
const QUERY_CHARS = 4_000

/**
 * Answers a question and keeps both in a conversation. One message of the quota is taken before the work and
 * given back when there is no answer. An `effectId` that retries share makes one exchange of them.
 * @throws QuotaExceeded, NotFound, NotConfigured, AppError `provider_error` or `provider_timeout`
 */
export async function answerChat(
  caller: TenantCaller | VisitorCaller,
  providerName: ProviderName,
  request: ChatRequest,
  effectId: string | null = null,
): Promise<ChatAnswer> {
  providerOf(providerName)
  const conversation = await openConversation(caller, request, effectId)
  const mayBeAnswered = effectId !== null && !conversation.isNew
  const given = mayBeAnswered && (await findAnswer(conversation.id, caller.clerkId, effectId))
  if (given) return toAnswer(conversation, given)
  const unit = await takeChatMessage(caller, effectId)
  try {
    const stored = await answer(caller, providerName, request, conversation, effectId)
    if (stored.isOwn)
      await unit.keep().catch(fault => log().error({ err: fault }, 'a chat message stays under way'))
    return toAnswer(conversation, stored)
  } catch (error) {
    await unit
      .giveBack()
      .catch(fault => log().error({ err: fault }, 'a chat message could not be given back'))
    throw error
  }
}

async function answer(
  caller: TenantCaller | VisitorCaller,
  providerName: ProviderName,
  request: ChatRequest,
  conversation: OpenConversation,
  effectId: string | null,
): Promise<StoredAnswer> {
  const askedAt = new Date()
  const { question, history } = split(request, conversation)
  const { passages, searchUsd } = await findPassages(caller.clerkId, question, request.knowledge)
  const messages = buildPrompt({ system: request.system, passages, history, question })
  const { userEmail, model, temperature, maxTokens } = request
  const completion = await complete(providerOf(providerName), { messages, model, temperature, maxTokens })

  const { promptTokens, completionTokens, totalTokens } = completion.usage
  const costUsd = completion.costUsd + searchUsd
  const answered = {
    role: 'assistant' as const,
    content: completion.content,
    timestamp: new Date(Math.max(Date.now(), askedAt.getTime() + 1)),
    origin: { provider: providerName, model: completion.model, promptTokens, completionTokens, costUsd },
    ...(passages.length > 0 && { citations: passages.map(toCitation) }),
    ...(effectId !== null && { effectId }),
  } as ChatMessage
  const asked = { role: 'user' as const, content: question, timestamp: askedAt } as ChatMessage
  const metadata = { provider: providerName, model: completion.model, tokens_used: totalTokens }
  return appendExchange(conversation, caller.clerkId, [asked, answered], { userEmail, metadata })
}

function toAnswer(conversation: OpenConversation, { message, sessionId }: StoredAnswer): ChatAnswer {
  const { content, timestamp, citations, origin } = message
  if (!origin) throw new Error('an answer without its origin')
  const { provider, model, promptTokens, completionTokens, costUsd } = origin
  return {
    conversationId: conversation.id,
    sessionId: sessionId ?? conversation.sessionId,
    message: { role: 'assistant', content, timestamp },
    citations: (citations ?? []) as Citation[],
    usage: { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens },
    costUsd,
    provider: provider as ProviderName,
    model,
  }
}

/** A client that sends its own `messages` brings the history; otherwise the stored conversation does. */
function split({ message, messages }: ChatRequest, { recent }: OpenConversation) {
  if (message !== undefined) return { question: message, history: newestThatFit(recent) }
  const given = messages ?? []
  return { question: given.at(-1)?.content ?? '', history: given.slice(0, -1) }
}

async function findPassages(
  clerkId: string | null,
  question: string,
  knowledge: ChatRequest['knowledge'],
): Promise<{ passages: Hit[]; searchUsd: number }> {
  if (knowledge === false) return { passages: [], searchUsd: 0 }
  const { fileIds, topK } = knowledge === true ? {} : knowledge
  const { hits, costUsd } = await searchKnowledge(clerkId, {
    query: question.slice(0, QUERY_CHARS).toWellFormed(),
    fileIds,
    topK,
    minScore: MIN_CITED_SCORE,
  })
  return { passages: hits, searchUsd: costUsd }
}

function toCitation({ fileId, name, chunk, score, text }: Hit): Citation {
  return { fileId, name, chunk, score, excerpt: text.slice(0, EXCERPT_CHARS).toWellFormed() }
}
