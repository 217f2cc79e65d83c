import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { OpenAI } from 'openai'
import { answerTo } from './answer.ts'
import { invalidRequest } from './errors.ts'
import { type ChatRequest, chatInput, imagesOf, textOf } from './requests.ts'
import { tokensOf } from './tokens.ts'

const tokensPerImage = 85

type Usage = OpenAI.CompletionUsage
type Chunk = OpenAI.ChatCompletionChunk

/** POST /v1/chat/completions, as one JSON object or streamed word by word. */
export function createChatCompletion(body: unknown, delayMs: number): Response {
  const input = chatInput.safeParse(body)
  if (!input.success) return invalidRequest(input.error)
  const answer = answerTo(input.data)
  const usage = usageOf(input.data, answer)
  if (input.data.stream) return eventStream(chunksOf(input.data, answer, usage), delayMs)
  const completion: OpenAI.ChatCompletion = {
    ...head(input.data),
    object: 'chat.completion',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: answer, refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage,
  }
  return Response.json(completion)
}

function head({ model }: ChatRequest): { id: string; created: number; model: string } {
  return { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model }
}

function usageOf({ messages }: ChatRequest, answer: string): Usage {
  const prompt_tokens = messages.reduce(
    (sum, message) => sum + tokensOf(textOf(message)) + imagesOf(message).length * tokensPerImage,
    0,
  )
  const completion_tokens = tokensOf(answer)
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
}

function chunksOf(request: ChatRequest, answer: string, usage: Usage): Chunk[] {
  const common = { ...head(request), object: 'chat.completion.chunk' as const }
  const withUsage = request.stream_options?.include_usage === true
  const chunk = (
    delta: OpenAI.ChatCompletionChunk.Choice.Delta,
    finish_reason: 'stop' | null = null,
  ): Chunk => ({
    ...common,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    ...(withUsage && { usage: null }),
  })
  const words = answer.match(/\s*\S+/g) ?? []
  return [
    chunk({ role: 'assistant', content: '' }),
    ...words.map(content => chunk({ content })),
    chunk({}, 'stop'),
    ...(withUsage ? [{ ...common, choices: [], usage }] : []),
  ]
}

function eventStream(chunks: Chunk[], delayMs: number): Response {
  const cancelled = new AbortController()
  const encoder = new TextEncoder()
  const events = chunks.values()
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value } = events.next()
      if (value?.choices[0]?.delta.content) {
        await sleep(delayMs, undefined, { signal: cancelled.signal }).catch(() => undefined)
      }
      if (cancelled.signal.aborted) return
      controller.enqueue(encoder.encode(`data: ${value ? JSON.stringify(value) : '[DONE]'}\n\n`))
      if (!value) controller.close()
    },
    cancel: () => cancelled.abort(),
  })
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
  return new Response(body, { headers })
}
