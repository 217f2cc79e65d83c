import type { OpenAI } from 'openai'
import { beginningOf, MAX_ANSWER_BYTES } from './collector.ts'

type Chunk = OpenAI.ChatCompletionChunk
type Told = { content?: string | null; refusal?: string | null }

/** The completion with as much of its text as an answer may have. */
export function cutCompletion(completion: OpenAI.ChatCompletion): OpenAI.ChatCompletion {
  const choices = completion.choices.map(choice => {
    const { told, isCut } = cutText(choice.message, MAX_ANSWER_BYTES)
    return isCut ? { ...choice, message: told, finish_reason: 'length' as const } : choice
  })
  return { ...completion, choices }
}

/** As `cutCompletion`, chunk by chunk: after the one that was cut nothing is to be told. */
export function createCutter() {
  let room = MAX_ANSWER_BYTES
  let hasCut = false
  return {
    cut(chunk: Chunk): Chunk {
      const choices = chunk.choices.map(choice => {
        const { told, isCut, bytes } = cutText(choice.delta, room)
        room -= bytes
        hasCut ||= isCut
        return isCut ? { ...choice, delta: told, finish_reason: 'length' as const } : choice
      })
      return { ...chunk, choices }
    },
    hasCut: () => hasCut,
  }
}

function cutText<T extends Told>(told: T, room: number) {
  const { content, refusal } = told
  const name = typeof content === 'string' ? 'content' : 'refusal'
  const text = (name === 'content' ? content : refusal) ?? ''
  const fitting = beginningOf(text, room)
  const isCut = fitting.length < text.length
  return { told: isCut ? { ...told, [name]: fitting } : told, isCut, bytes: Buffer.byteLength(fitting) }
}
