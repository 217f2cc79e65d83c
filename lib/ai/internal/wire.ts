import { randomUUID } from 'node:crypto'
import type { OpenAI } from 'openai'
import { z } from 'zod'

type Chunk = OpenAI.ChatCompletionChunk
type Head = { id: string; created: number; model: string }

const count = z.number().int()
const text = z.string().min(1)
/** What is wrong of something that is not needed is as good as left out. */
const lenient = <S extends z.ZodType>(schema: S) => schema.optional().catch(undefined)

const head = {
  id: lenient(text),
  created: lenient(count),
  model: lenient(text),
  usage: lenient(
    z
      .looseObject({ prompt_tokens: count, completion_tokens: count, total_tokens: lenient(count) })
      .nullable(),
  ),
}

const completion = z.looseObject({
  ...head,
  choices: z
    .array(
      z.looseObject({
        index: count.catch(0),
        message: z.looseObject({ content: z.string().nullish() }),
        finish_reason: text.catch('stop'),
      }),
    )
    .min(1),
})

/** A whole chat answer with what the provider left out of OpenAI's form filled in; null when it is none. */
export function readCompletion(answer: unknown, model: string): OpenAI.ChatCompletion | null {
  const { data } = completion.safeParse(answer)
  if (!data) return null
  const choices = data.choices.map(choice => ({
    ...choice,
    message: { ...choice.message, role: 'assistant' as const },
  }))
  const whole = { ...withHead(data, newHead(model)), object: 'chat.completion' as const, choices }
  return whole as unknown as OpenAI.ChatCompletion
}

const chunk = z.looseObject({
  ...head,
  choices: z
    .array(
      z.looseObject({
        index: count.catch(0),
        delta: z.looseObject({ content: z.string().nullish() }).nullish(),
        finish_reason: text.nullable().catch(null),
      }),
    )
    .nullish(),
})

/** As `readCompletion`, for the chunks of one answer: they share what is filled in. */
export function createChunkReader(model: string): (told: unknown) => Chunk | null {
  const usual = newHead(model)
  return told => {
    const { data } = chunk.safeParse(told)
    if (!data) return null
    const choices = (data.choices ?? []).map(choice => ({ ...choice, delta: choice.delta ?? {} }))
    const whole = { ...withHead(data, usual), object: 'chat.completion.chunk' as const, choices }
    return whole as unknown as Chunk
  }
}

const embeddings = z.looseObject({
  model: lenient(text),
  data: z
    .array(
      z.looseObject({
        index: lenient(count),
        embedding: z.union([z.string().refine(isBase64Vector), z.custom<number[]>(isVector)]),
      }),
    )
    .min(1),
  usage: lenient(z.looseObject({ prompt_tokens: count, total_tokens: lenient(count) })),
})

/** As `readCompletion`, for embeddings of so many inputs; one without an index stands at its place. */
export function readEmbeddings(answer: unknown, model: string, inputs: number) {
  const { data: told } = embeddings.safeParse(answer)
  if (told?.data.length !== inputs) return null
  const { prompt_tokens = 0, total_tokens = prompt_tokens } = told.usage ?? {}
  const data = told.data.map((item, index) => ({
    ...item,
    object: 'embedding' as const,
    index: item.index ?? index,
  }))
  const usage = { ...told.usage, prompt_tokens, total_tokens }
  return { ...told, object: 'list' as const, model: told.model ?? model, data, usage }
}

function newHead(model: string): Head {
  return { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model }
}

/** A provider's own `citations` are left out: under this name a caller finds passages of their files. */
function withHead({ id, created, model, usage, ...rest }: z.output<z.ZodObject<typeof head>>, usual: Head) {
  const { citations, ...others } = rest as Record<string, unknown>
  const total_tokens = usage && (usage.total_tokens ?? usage.prompt_tokens + usage.completion_tokens)
  return {
    id: id ?? usual.id,
    created: created ?? usual.created,
    model: model ?? usual.model,
    ...others,
    ...(usage !== undefined && { usage: usage && { ...usage, total_tokens } }),
  }
}

function isVector(embedding: unknown): boolean {
  return Array.isArray(embedding) && embedding.length > 0 && embedding.every(Number.isFinite)
}

/** Little-endian 32-bit floats, each of them a number. */
function isBase64Vector(embedding: string): boolean {
  const bytes = Uint8Array.from(Buffer.from(embedding, 'base64'))
  if (bytes.length === 0 || bytes.length % 4 !== 0) return false
  return new Float32Array(bytes.buffer).every(Number.isFinite)
}
