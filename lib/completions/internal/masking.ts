import type { OpenAI } from 'openai'
import type { Masker, UnmaskStream } from '../../pii/mask.ts'
import type { WireMessage } from '../contracts.ts'
import { type Delta, deltaAt, isDelta, mapTexts, mergeDelta, type Path } from './delta.ts'

type Chunk = OpenAI.ChatCompletionChunk

/** Under these names a message holds texts; beside them names, ids, and images in base64. */
const TEXTS = new Set(['content', 'refusal', 'text', 'arguments', 'input'])
const HOLDERS = new Set(['content', 'tool_calls', 'function', 'custom', 'function_call'])

/** The messages with their texts masked, calls of tools included. */
export async function maskMessages(masker: Masker, messages: WireMessage[]): Promise<WireMessage[]> {
  return Promise.all(messages.map(async message => (await maskIn(masker, message)) as WireMessage))
}

/** Content, as a message or a prediction has it, with its texts masked. */
export async function maskIn(masker: Masker, holder: Delta): Promise<Delta> {
  const entries = Object.entries(holder).map(async ([name, value]) => {
    if (typeof value === 'string') return [name, TEXTS.has(name) ? await masker.mask(value) : value]
    if (!HOLDERS.has(name)) return [name, value]
    if (!Array.isArray(value)) return [name, isDelta(value) ? await maskIn(masker, value) : value]
    return [name, await Promise.all(value.map(item => (isDelta(item) ? maskIn(masker, item) : item)))]
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** The answer with all that was masked in what it repeats. */
export function unmaskCompletion(masker: Masker, completion: OpenAI.ChatCompletion): OpenAI.ChatCompletion {
  const choices = completion.choices.map(choice => {
    const message = mapTexts(choice.message as unknown as Delta, text => masker.unmask(text))
    return { ...choice, message: message as unknown as typeof choice.message }
  })
  return { ...completion, choices }
}

/** As `unmaskCompletion`, chunk by chunk: what a text still holds back comes with the last one. */
export function createChunkUnmasker(masker: Masker): (chunk: Chunk) => Chunk {
  const texts = new Map<string, { path: Path; stream: UnmaskStream }>()

  function push(text: string, path: Path): string {
    const key = path.join(' ')
    const found = texts.get(key) ?? { path, stream: masker.unmaskStream() }
    texts.set(key, found)
    return found.stream.push(text)
  }

  function flush(delta: Delta): Delta {
    return [...texts.values()].reduce((whole, { path, stream }) => {
      const rest = stream.flush()
      return rest === '' ? whole : mergeDelta(whole, deltaAt(path, rest))
    }, delta)
  }

  return chunk => {
    const choices = chunk.choices.map(choice => {
      const delta = mapTexts((choice.delta ?? {}) as Delta, push)
      return { ...choice, delta: choice.finish_reason ? flush(delta) : delta }
    })
    return { ...chunk, choices }
  }
}
