import type { OpenAI } from 'openai'
import { addDelta, type Delta, isDelta } from './delta.ts'

type Chunk = OpenAI.ChatCompletionChunk
type Choice = OpenAI.ChatCompletion.Choice

/** The completion that chunks of an answer add up to. */
export function createAssembler() {
  let head: Omit<Chunk, 'choices' | 'object' | 'usage'> | undefined
  let usage: Chunk['usage']
  const choice: Delta = {}

  return {
    add(chunk: Chunk): void {
      const { choices, object, usage: told, ...rest } = chunk
      head = Object.assign(head ?? rest, rest)
      usage = told ?? usage
      const [piece] = choices
      if (piece) addDelta(choice, piece as unknown as Delta)
    },
    /** @throws Error before the first chunk */
    whole(): OpenAI.ChatCompletion {
      if (!head) throw new Error('an answer without a chunk')
      const { delta, finish_reason, ...rest } = choice
      const message = { content: null, refusal: null, ...(delta as Delta), role: 'assistant' }
      const whole = { ...rest, index: 0, message: withoutIndexes(message), finish_reason }
      return {
        ...head,
        object: 'chat.completion',
        choices: [whole as unknown as Choice],
        ...(usage && { usage }),
      } as OpenAI.ChatCompletion
    },
  }
}

/** Calls are numbered in chunks only. */
function withoutIndexes(message: Delta): Delta {
  const { tool_calls } = message
  if (!Array.isArray(tool_calls)) return message
  return { ...message, tool_calls: tool_calls.map(withoutIndex) }
}

function withoutIndex(call: unknown): unknown {
  if (!isDelta(call)) return call
  const { index, ...rest } = call
  return rest
}
