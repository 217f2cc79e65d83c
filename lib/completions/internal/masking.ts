import type { OpenAI } from 'openai'
import { InvalidInput } from '../../errors.ts'
import { type Masker, plainMasker, type UnmaskStream } from '../../pii/mask.ts'
import { addDelta, type Delta, deltaAt, mapPieces, mapTexts, type Path } from './delta.ts'

type Chunk = OpenAI.ChatCompletionChunk

/** More would take seconds to search. */
const MAX_TEXTS = 20_000

/** Under these names stand words of the wire format, and ids and names that must be found again. */
const NAMES = new Set(['model', 'role', 'type', 'id', 'tool_call_id', 'object', 'format', 'required', '$ref'])
/** What has a `name` by which the model calls it. */
const NAMED = new Set(['function', 'custom', 'function_call', 'functions', 'json_schema', 'tools'])
/** Nothing else is taken for a name; no e-mail address can be. */
const NAME = /^[\w.:/#$-]{1,200}$/
const INLINE_IMAGE = /^data:image\/[\w.+-]+;base64,[\w+/=\s-]*$/
/** The places of files and sound: the names that lead there. */
const UNREADABLE = / (file_data|(input_audio|audio) data)$/
const IMAGES = new Set(['url', 'image_url'])

/**
 * A request's body with the personal data masked in each text of it but names; what is a name of the caller's own
 * (a key of an object) stays. @throws InvalidInput for a file or sound, in which it would hide
 */
export async function maskBody<T extends object>(masker: Masker, body: T): Promise<T> {
  if (masker === plainMasker) return body
  const masked = new Map<string, string>()
  mapTexts(body, (text, path) => {
    refuseUnreadable(text, path)
    if (!isName(text, path)) masked.set(text, text)
    return text
  })
  if (masked.size > MAX_TEXTS)
    throw new InvalidInput([{ path: '', message: `Send ${MAX_TEXTS} different texts at most` }])
  await Promise.all([...masked.keys()].map(async text => masked.set(text, await masker.mask(text))))
  return mapTexts(body, (text, path) => (isName(text, path) ? text : (masked.get(text) ?? text)))
}

function refuseUnreadable(text: string, path: Path): void {
  const names = namesIn(path)
  const isFile = IMAGES.has(names.at(-1) ?? '') && /^data:/i.test(text) && !INLINE_IMAGE.test(text)
  if (!isFile && !UNREADABLE.test(` ${names.join(' ')}`)) return
  const message = 'Send text or images: personal data in files and sound cannot be masked'
  throw new InvalidInput([{ path: path.join('.'), message }])
}

/** Metadata is the caller's own: there nothing is a name. */
function isName(text: string, path: Path): boolean {
  const [holder = '', name = ''] = ['', ...namesIn(path)].slice(-2)
  if (path[0] === 'metadata') return false
  if (IMAGES.has(name)) return INLINE_IMAGE.test(text)
  return (NAMES.has(name) || (name === 'name' && NAMED.has(holder))) && NAME.test(text)
}

function namesIn(path: Path): string[] {
  return path.filter(step => typeof step === 'string')
}

/** The answer with all that was masked in what it repeats. */
export function unmaskCompletion(masker: Masker, completion: OpenAI.ChatCompletion): OpenAI.ChatCompletion {
  const choices = completion.choices.map(choice => {
    const message = mapPieces(choice.message as unknown as Delta, text => masker.unmask(text))
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
    for (const { path, stream } of texts.values()) {
      const rest = stream.flush()
      if (rest !== '') addDelta(delta, deltaAt(path, rest))
    }
    return delta
  }

  return chunk => {
    const choices = chunk.choices.map(choice => {
      const delta = mapPieces((choice.delta ?? {}) as Delta, push)
      return { ...choice, delta: choice.finish_reason ? flush(delta) : delta }
    })
    return { ...chunk, choices }
  }
}
