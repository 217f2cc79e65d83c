import type { ChatMessage } from '../../../models/chat-message.ts'
import { contextTokensOf, type ProviderName, providerOf } from '../../ai/providers.ts'
import { type Citation, findGrounding } from '../../knowledge/grounding.ts'
import type { ChatRequest } from '../contracts.ts'
import { contextBudget, fitPrompt } from './prompt.ts'
import { type Said, type Stream, say, silence } from './say.ts'
import { unlessStopped } from './unless-stopped.ts'

/** What is asked of whom: `recent` is the stored history, `stream` who listens. */
export type Question = {
  clerkId: string | null
  provider: ProviderName
  request: ChatRequest
  recent: readonly ChatMessage[]
  stream: Stream | null
}

/** A question, when it was asked, what was said to it and from which passages. */
export type Outcome = {
  question: string
  askedAt: Date
  said: Said
  citations: Citation[]
  searchUsd: number
}

/**
 * Asks a model, with the passages it is to answer from and as much of the history as has room in its context.
 * @throws AppError `provider_error`, `provider_timeout`; InvalidInput; all of them only if nothing was said
 */
export async function ask({ clerkId, provider: name, request, recent, stream }: Question): Promise<Outcome> {
  const askedAt = new Date()
  const provider = providerOf(name)
  const { question, history } = split(request, recent)
  const { knowledge, system, temperature, maxTokens } = request
  const model = request.model ?? provider.chatModel
  const found = await unlessStopped(stream?.signal, findGrounding(clerkId, question, knowledge))
  if (!found) return { question, askedAt, said: silence(model), citations: [], searchUsd: 0 }
  const budget = contextBudget(contextTokensOf(name, model), maxTokens)
  const prompt = await fitPrompt({ system, passages: found.passages, history, question, budget })
  const said = await say(
    provider,
    { messages: prompt.messages, model: request.model, temperature, maxTokens },
    stream,
  )
  // Passages are sent best first, as many as fit.
  const citations = found.citations.slice(0, prompt.passages.length)
  return { question, askedAt, said, citations, searchUsd: found.costUsd }
}

/** A client that sends its own `messages` brings the history; otherwise the stored conversation does. */
function split({ message, messages }: ChatRequest, recent: readonly ChatMessage[]) {
  if (message !== undefined) return { question: message, history: toTurns(recent) }
  const given = messages ?? []
  return { question: given.at(-1)?.content ?? '', history: given.slice(0, -1) }
}

/** Nothing was said in an answer that was stopped at once, and models refuse empty messages. */
function toTurns(recent: readonly ChatMessage[]) {
  return recent.flatMap(({ role, content }) => (content === '' ? [] : [{ role, content }]))
}
