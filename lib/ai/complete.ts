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

export type Streaming = {
  /** Called with each piece of the answer, as soon as it is there. */
  onDelta(content: string): void
  /** Ends the answer early: `streamCompletion` then fails. */
  signal: AbortSignal
}

/**
 * As `complete`, telling the answer piece by piece. AI_TIMEOUT_MS bounds the silence before each piece.
 * @throws AppError `provider_error`, `provider_timeout`; InvalidInput; the signal's reason
 */
export async function streamCompletion(
  provider: Provider,
  request: CompletionRequest,
  { onDelta, signal }: Streaming,
): Promise<Completion> {
  const model = request.model ?? provider.chatModel
  const body = {
    model,
    messages: request.messages,
    stream: true as const,
    stream_options: { include_usage: true },
    ...(request.temperature !== undefined && { temperature: request.temperature }),
    ...(request.maxTokens !== undefined && { max_completion_tokens: request.maxTokens }),
  }
  let content = ''
  let usage: OpenAI.CompletionUsage | undefined
  await callProvider(provider, async (client, options) => {
    const chunks = await client.chat.completions.create(body, {
      ...options,
      signal: AbortSignal.any([options.signal, signal]),
    })
    for await (const chunk of chunks) {
      usage = chunk.usage ?? usage
      const delta = chunk.choices[0]?.delta.content
      if (!delta) continue
      content += delta
      onDelta(delta)
    }
  })
  signal.throwIfAborted()
  const tokens = usageOf(usage)
  return { content, model, usage: tokens, costUsd: costOf(model, tokens) }
}

function usageOf(usage: OpenAI.CompletionUsage | undefined): TokenUsage {
  const promptTokens = usage?.prompt_tokens ?? 0
  const completionTokens = usage?.completion_tokens ?? 0
  return { promptTokens, completionTokens, totalTokens: promptTokens + completionTokens }
}
