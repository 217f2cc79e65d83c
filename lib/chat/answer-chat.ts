import type { ChatMessage } from '../../models/chat-message.ts'
import { complete, type TokenUsage } from '../ai/complete.ts'
import { type ProviderName, providerOf } from '../ai/providers.ts'
import type { TenantCaller, VisitorCaller } from '../auth/caller.ts'
import { type Hit, searchKnowledge } from '../knowledge/search.ts'
import { takeChatMessage } from '../limits/chat-quota.ts'
import { log } from '../log.ts'
import type { ChatRequest } from './contracts.ts'
import { appendExchange, type OpenConversation, openConversation } from './internal/conversation.ts'
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
 * given back when there is no answer.
 * @throws QuotaExceeded, NotFound, NotConfigured, AppError `provider_error` or `provider_timeout`
 */
export async function answerChat(
  caller: TenantCaller | VisitorCaller,
  providerName: ProviderName,
  request: ChatRequest,
): Promise<ChatAnswer> {
  providerOf(providerName)
  const conversation = await openConversation(caller, request)
  const giveBack = await takeChatMessage(caller)
  try {
    return await answer(caller, providerName, request, conversation)
  } catch (error) {
    await giveBack().catch(fault => log().error({ err: fault }, 'a chat message could not be given back'))
    throw error
  }
}

async function answer(
  caller: TenantCaller | VisitorCaller,
  providerName: ProviderName,
  request: ChatRequest,
  conversation: OpenConversation,
): Promise<ChatAnswer> {
  const askedAt = new Date()
  const { question, history } = split(request, conversation)
  const { passages, searchUsd } = await findPassages(caller.clerkId, question, request.knowledge)
  const messages = buildPrompt({ system: request.system, passages, history, question })
  const { model, temperature, maxTokens } = request
  const completion = await complete(providerOf(providerName), { messages, model, temperature, maxTokens })

  const citations = passages.map(toCitation)
  const answeredAt = new Date(Math.max(Date.now(), askedAt.getTime() + 1))
  const message = { role: 'assistant' as const, content: completion.content, timestamp: answeredAt }
  const exchange: [ChatMessage, ChatMessage] = [
    { role: 'user', content: question, timestamp: askedAt },
    { ...message, ...(citations.length > 0 && { citations }) } as ChatMessage,
  ]
  const metadata = {
    provider: providerName,
    model: completion.model,
    tokens_used: completion.usage.totalTokens,
  }
  await appendExchange(conversation, caller.clerkId, exchange, { userEmail: request.userEmail, metadata })
  const { usage, costUsd } = completion
  const { id: conversationId, sessionId } = conversation
  return {
    conversationId,
    sessionId,
    message,
    citations,
    usage,
    costUsd: costUsd + searchUsd,
    provider: providerName,
    model: completion.model,
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
