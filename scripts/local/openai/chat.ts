import { randomUUID } from 'node:crypto'
import type { OpenAI } from 'openai'
import { answerTo, type ModelAnswer } from './answer.ts'
import { invalidRequest } from './errors.ts'
import { eventStream, type Streaming } from './event-stream.ts'
import { chatInput } from './faults.ts'
import { type ChatRequest, imagesOf, textOf } from './requests.ts'
import { tokensOf } from './tokens.ts'

const tokensPerImage = 85
/** Characters of a call's arguments that one chunk of a stream carries. */
const argumentsPerChunk = 7

type Usage = OpenAI.CompletionUsage
type Chunk = OpenAI.ChatCompletionChunk
type Delta = OpenAI.ChatCompletionChunk.Choice.Delta

/** POST /v1/chat/completions, as one JSON object or streamed word by word. */
export function createChatCompletion(body: unknown, streaming: Streaming): Response {
  const input = chatInput.safeParse(body)
  if (!input.success) return invalidRequest(input.error)
  const answer = answerTo(input.data)
  const usage = usageOf(input.data, answer)
  if (input.data.stream) return eventStream(chunksOf(input.data, answer, usage), streaming)
  const completion: OpenAI.ChatCompletion = {
    ...head(input.data),
    object: 'chat.completion',
    choices: [
      { index: 0, message: messageOf(answer), logprobs: null, finish_reason: finishReasonOf(answer) },
    ],
    usage,
  }
  return Response.json(completion)
}

function messageOf({ text, toolCalls }: ModelAnswer): OpenAI.ChatCompletionMessage {
  if (toolCalls.length > 0) return { role: 'assistant', content: null, refusal: null, tool_calls: toolCalls }
  return { role: 'assistant', content: text, refusal: null }
}

function finishReasonOf({ toolCalls }: ModelAnswer): 'tool_calls' | 'stop' {
  return toolCalls.length > 0 ? 'tool_calls' : 'stop'
}

function head({ model }: ChatRequest): { id: string; created: number; model: string } {
  return { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model }
}

function usageOf({ messages }: ChatRequest, { text, toolCalls }: ModelAnswer): Usage {
  const prompt_tokens = messages.reduce(
    (sum, message) => sum + tokensOf(textOf(message)) + imagesOf(message).length * tokensPerImage,
    0,
  )
  const said = [text, ...toolCalls.map(call => call.function.name + call.function.arguments)]
  const completion_tokens = said.reduce((sum, part) => sum + tokensOf(part), 0)
  return { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens }
}

function chunksOf(request: ChatRequest, answer: ModelAnswer, usage: Usage): Chunk[] {
  const common = { ...head(request), object: 'chat.completion.chunk' as const }
  const withUsage = request.stream_options?.include_usage === true
  const chunk = (delta: Delta, finish_reason: 'stop' | 'tool_calls' | null = null): Chunk => ({
    ...common,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    ...(withUsage && { usage: null }),
  })
  return [
    chunk({ role: 'assistant', content: answer.toolCalls.length > 0 ? null : '' }),
    ...deltasOf(answer).map(delta => chunk(delta)),
    chunk({}, finishReasonOf(answer)),
    ...(withUsage ? [{ ...common, choices: [], usage }] : []),
  ]
}

function deltasOf({ text, toolCalls }: ModelAnswer): Delta[] {
  const words = text.match(/\s*\S+/g) ?? []
  const calls = toolCalls.flatMap(({ id, type, function: { name, arguments: given } }, index): Delta[] => [
    { tool_calls: [{ index, id, type, function: { name, arguments: '' } }] },
    ...piecesOf(given).map(piece => ({ tool_calls: [{ index, function: { arguments: piece } }] })),
  ])
  return [...words.map(content => ({ content })), ...calls]
}

function piecesOf(text: string): string[] {
  return text.match(new RegExp(`[^]{1,${argumentsPerChunk}}`, 'g')) ?? []
}
