import { z } from 'zod'
import { contract, MAX_AI_BODY_BYTES } from '../http/contract.ts'

const tag = 'OpenAI-compatible'
const callers = ['user', 'key'] as const

/** Most messages, parts of one, or calls of tools: more than any model is asked for. */
const MAX_ITEMS = 2_048
/** OpenAI's own bounds. */
const MAX_EMBEDDING_INPUTS = 2_048
const MAX_INPUT_TOKENS = 8_192

const count = z.number().int()
const model = z
  .string()
  .min(1)
  .max(200)
  .meta({
    description: 'A model of OpenAI’s, or `provider/model` for another provider’s.',
    examples: ['gpt-4o-mini', 'groq/openai/gpt-oss-20b'],
  })

const part = z.looseObject({ type: z.string(), text: z.string().optional() })
const toolCall = z.looseObject({
  function: z.looseObject({ name: z.string(), arguments: z.string() }).optional(),
})
const message = z.looseObject({
  role: z.string().min(1),
  content: z.union([z.string(), listOf(part)]).nullish(),
  tool_calls: listOf(toolCall).nullish(),
})

const completionBody = z.looseObject({
  model: model.meta({
    description:
      'A model of OpenAI’s, `provider/model` for another provider’s, or either behind `knowledge/` for an answer from your files.',
    examples: ['gpt-4o-mini', 'groq/openai/gpt-oss-20b', 'knowledge/gpt-4o-mini'],
  }),
  messages: z.array(message).min(1).max(MAX_ITEMS),
  n: z.literal(1, 'Only one answer at a time: n must be 1').nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
})

export type CompletionBody = z.output<typeof completionBody>
export type WireMessage = z.output<typeof message>

const usage = z.looseObject({ prompt_tokens: count, completion_tokens: count, total_tokens: count })

const citation = z.object({
  fileId: z.string(),
  name: z.string(),
  chunk: count,
  score: z.number(),
  excerpt: z.string(),
})

const completion = z
  .looseObject({
    id: z.string(),
    object: z.literal('chat.completion'),
    created: count,
    model: z.string(),
    choices: z.array(
      z.looseObject({
        index: count,
        message: z.looseObject({ role: z.literal('assistant'), content: z.string().nullish() }),
        finish_reason: z.string().nullable(),
      }),
    ),
    usage: usage.nullish(),
    citations: z.array(citation).optional().meta({
      description:
        'Of a `knowledge/` model: the passages it was given. In a stream, on the chunk that has the `finish_reason`.',
    }),
  })
  .meta({ id: 'ChatCompletion', description: 'OpenAI’s chat completion object' })

/** OpenAI’s object; of an answer from the caller’s files with the passages it was given. */
export type Completion = z.input<typeof completion>

export const createCompletionContract = contract({
  id: 'createChatCompletion',
  method: 'POST',
  path: '/api/v1/chat/completions',
  tag,
  summary: 'Create a chat completion',
  description:
    'OpenAI’s own wire format. Parameters that are not listed here go to the provider as they are. `model` may be `provider/model`; `knowledge/…` before it answers from your files and the shared ones and adds `citations`. With `stream` the answer is told in chunks as they come, then `[DONE]`; an answer whose client went away is finished, metered and counted all the same. A text that goes on past 512 KiB ends there with the `finish_reason` `length`. Each answer counts as one chat message.',
  callers,
  streams: 'openai',
  maxBodyBytes: MAX_AI_BODY_BYTES,
  body: completionBody,
  responses: { 200: completion },
  problems: ['not_found', 'quota_exceeded', 'provider_error', 'provider_timeout'],
})

const tokens = listOf(count.nonnegative(), { min: 1, max: MAX_INPUT_TOKENS })

const embeddingsBody = z.looseObject({
  model,
  input: z.union([
    z.string().min(1),
    tokens,
    z.array(z.string().min(1)).min(1).max(MAX_EMBEDDING_INPUTS),
    z.array(tokens).min(1).max(MAX_EMBEDDING_INPUTS),
  ]),
  encoding_format: z.enum(['float', 'base64']).default('float'),
})

export type EmbeddingsBody = z.output<typeof embeddingsBody>

/** A look at each of three million numbers would take half a second. */
const vector = z
  .custom<number[]>(Array.isArray)
  .meta({ override: { type: 'array', items: { type: 'number' } } })

const embeddings = z.looseObject({
  object: z.literal('list'),
  data: z.array(
    z.looseObject({
      object: z.literal('embedding'),
      index: count,
      embedding: z.union([vector, z.string().meta({ contentEncoding: 'base64' })]),
    }),
  ),
  model: z.string(),
  usage: z.looseObject({ prompt_tokens: count, total_tokens: count }),
})

export type Embeddings = z.input<typeof embeddings>

export const createEmbeddingsContract = contract({
  id: 'createEmbeddings',
  method: 'POST',
  path: '/api/v1/embeddings',
  tag,
  summary: 'Create embeddings',
  description:
    'OpenAI’s own wire format. Parameters that are not listed here go to the provider as they are. Where personal data is masked, `input` must be text.',
  callers,
  maxBodyBytes: MAX_AI_BODY_BYTES,
  body: embeddingsBody,
  responses: { 200: embeddings },
  problems: ['not_found', 'provider_error', 'provider_timeout'],
})

const modelObject = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    created: count.meta({ description: 'Not known: always 0' }),
    owned_by: z.string().meta({ description: 'The provider' }),
  })
  .meta({ id: 'Model', description: 'OpenAI’s model object' })

export const listModelsContract = contract({
  id: 'listModels',
  method: 'GET',
  path: '/api/v1/models',
  tag,
  summary: 'List models',
  description: 'The models offered of each provider that is configured, under the names to ask for them by.',
  callers,
  responses: { 200: z.object({ object: z.literal('list'), data: z.array(modelObject) }) },
})

export const getModelContract = contract({
  id: 'getModel',
  method: 'GET',
  path: '/api/v1/models/{model}',
  tag,
  summary: 'Get one of the listed models',
  description: 'A slash in the name is written `%2F`, as OpenAI’s clients do.',
  callers,
  params: z.object({ model: z.string().min(1).max(200) }),
  responses: { 200: modelObject },
})

/**
 * An array that is checked up to its first wrong item: a note on each of two million wrong ones, as a body has
 * room for, would take gigabytes.
 */
function listOf<S extends z.ZodType>(item: S, { min = 0, max = MAX_ITEMS } = {}) {
  return z
    .custom<z.output<S>[]>(
      value =>
        Array.isArray(value) &&
        value.length >= min &&
        value.length <= max &&
        value.every(each => item.safeParse(each).success),
      `must be a list of ${min} to ${max} valid items`,
    )
    .meta({ override: ({ jsonSchema }) => Object.assign(jsonSchema, documented(item, min, max)) })
}

function documented(item: z.ZodType, min: number, max: number) {
  const { $schema, ...items } = z.toJSONSchema(item, { io: 'input' })
  return { type: 'array', minItems: min, maxItems: max, items }
}
