import type { OpenAI } from 'openai'
import { AppError } from '../errors.ts'
import { callProvider } from './internal/client.ts'
import { costOf } from './prices.ts'
import type { Provider } from './providers.ts'

export type PromptMessage = { role: 'system' | 'user' | 'assistant'; content: string }

export type CompletionRequest = {
  messages: PromptMessage[]
  model?: string | undefined
  temperature?: number | undefined
  maxTokens?: number | undefined
}

export type TokenUsage = { promptTokens: number; completionTokens: number; totalTokens: number }
export type Completion = { content: string; model: string; usage: TokenUsage; costUsd: number }

/** One answer of a chat model. @throws AppError `provider_error`, `provider_timeout`; InvalidInput */
export async function complete(provider: Provider, request: CompletionRequest): Promise<Completion> {
  const model = request.model ?? provider.chatModel
  const body = {
    model,
    messages: request.messages,
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.maxTokens !== undefined && { max_completion_tokens: request.maxTokens }),
  }
  const answer = await callProvider(provider, (client, options) =>
    client.chat.completions.create(body, options),
  )
  const content = answer?.choices?.[0]?.message?.content
  if (typeof content !== 'string')
    throw new AppError('provider_error', `${provider.name} answered without a message.`)
  const usage = usageOf(answer.usage)
  return { content, model, usage, costUsd: costOf(model, usage) }
}

function usageOf(usage: OpenAI.CompletionUsage | undefined): TokenUsage {
  const promptTokens = usage?.prompt_tokens ?? 0
  const completionTokens = usage?.completion_tokens ?? 0
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens }
}
