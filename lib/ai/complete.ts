import type { OpenAI } from 'openai'
import { AppError } from '../errors.ts'
import type { Masker } from '../pii/mask.ts'
import { callProvider, streamProvider } from './internal/client.ts'
import { type Collector, createCollector } from './internal/collector.ts'
import { DIALECTS } from './internal/dialect.ts'
import type { Asked } from './internal/refusal.ts'
import { newMasker } from './masker.ts'
import { costOf } from './prices.ts'
import type { Provider } from './providers.ts'
import { usageOf } from './usage.ts'

export type PromptMessage = { role: 'system' | 'user' | 'assistant'; content: string }

export type CompletionRequest = {
  messages: PromptMessage[]
  model?: string | undefined
  temperature?: number | undefined
  maxTokens?: number | undefined
}

export type TokenUsage = { promptTokens: number; completionTokens: number; totalTokens: number }
export type Completion = {
  content: string
  model: string
  usage: TokenUsage
  costUsd: number
  /** The model had more to say than an answer may have. */
  isCut?: true
}

/**
 * One answer of a chat model, cut after 512 KiB. With PII_MASKING the provider sees placeholders, the caller never
 * does.
 * @throws AppError `provider_error`, `provider_timeout`; InvalidInput
 */
export async function complete(provider: Provider, request: CompletionRequest): Promise<Completion> {
  const masker = newMasker()
  const body = await bodyOf(provider, request, masker)
  const answer = await callProvider(
    provider,
    (client, options) => client.chat.completions.create(body, options),
    askedOf(body.model, request),
  )
  const message = answer?.choices?.[0]?.message
  if (!message) throw new AppError('provider_error', `${provider.name} answered without a message.`)
  const collector = createCollector()
  collector.add(masker.unmask(textIn(provider, message)))
  refuseCall(provider, answer.choices[0]?.finish_reason, collector)
  return completionOf(body.model, request, collector, answer.usage)
}

export type Streaming = {
  /** Called with each piece of the answer, as soon as it is there. */
  onDelta(content: string): void
  /** Ends the answer early: `streamCompletion` then fails. */
  signal: AbortSignal
}

/**
 * As `complete`, telling the answer piece by piece; it is aborted where it is cut. AI_TIMEOUT_MS bounds the silence
 * before each piece.
 * @throws AppError `provider_error` also for an answer that breaks off, `provider_timeout`; InvalidInput; the
 * signal's reason
 */
export async function streamCompletion(
  provider: Provider,
  request: CompletionRequest,
  { onDelta, signal }: Streaming,
): Promise<Completion> {
  const masker = newMasker()
  const body = {
    ...(await bodyOf(provider, request, masker)),
    stream: true as const,
    stream_options: { include_usage: true },
  }
  const batches = streamProvider<OpenAI.ChatCompletionChunk>(
    provider,
    (client, options) => client.chat.completions.create(body, options).asResponse(),
    { signal, asked: askedOf(body.model, request) },
  )
  const unmasked = masker.unmaskStream()
  const collector = createCollector(onDelta)
  let usage: OpenAI.CompletionUsage | null | undefined
  let reason: string | null | undefined
  try {
    for await (const chunks of batches) {
      for (const chunk of chunks) {
        signal.throwIfAborted()
        const choice = chunk?.choices?.[0]
        usage = chunk?.usage ?? usage
        reason = choice?.finish_reason || reason
        collector.add(unmasked.push(textIn(provider, choice?.delta)))
      }
      if (collector.isCut()) break
    }
  } finally {
    collector.add(unmasked.flush())
  }
  if (!reason && !collector.isCut())
    throw new AppError('provider_error', `${provider.name} broke off its answer.`)
  refuseCall(provider, reason, collector)
  return completionOf(body.model, request, collector, usage)
}

type Told = { content?: string | null; refusal?: string | null }

/** @throws AppError `provider_error` for what is no text */
function textIn({ name }: Provider, told: Told | null | undefined): string {
  const text: unknown = told?.content ?? told?.refusal ?? ''
  if (typeof text === 'string') return text
  throw new AppError('provider_error', `${name} answered with something other than text.`)
}

/** No request of ours offers a tool. @throws AppError `provider_error` for a call instead of an answer */
function refuseCall({ name }: Provider, reason: string | null | undefined, collector: Collector): void {
  if (reason !== 'tool_calls' || collector.content() !== '') return
  throw new AppError('provider_error', `${name} called a tool instead of answering.`)
}

/** The request in the provider's form, its texts masked. */
async function bodyOf(provider: Provider, request: CompletionRequest, masker: Masker) {
  const { maxTokensParam, maxTemperature } = DIALECTS[provider.name]
  const { temperature, maxTokens } = request
  const messages = await Promise.all(
    request.messages.map(async message => ({ ...message, content: await masker.mask(message.content) })),
  )
  return {
    model: request.model ?? provider.chatModel,
    messages,
    ...(temperature !== undefined && { temperature: Math.min(temperature, maxTemperature) }),
    ...(maxTokens !== undefined && { [maxTokensParam]: maxTokens }),
  }
}

/** Which fields of a chat request the parameters of its body came from. */
function askedOf(model: string, request: CompletionRequest): Asked {
  const fields = {
    messages: 'message',
    temperature: 'temperature',
    max_completion_tokens: 'maxTokens',
    max_tokens: 'maxTokens',
    ...(request.model !== undefined && { model: 'model' }),
  }
  return { model, fields }
}

function completionOf(
  model: string,
  { messages }: CompletionRequest,
  collector: Collector,
  told: OpenAI.CompletionUsage | null | undefined,
): Completion {
  const content = collector.content()
  const usage = usageOf(told, messages, content)
  return { content, model, usage, costUsd: costOf(model, usage), ...(collector.isCut() && { isCut: true }) }
}
