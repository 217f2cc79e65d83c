import { z } from 'zod'
import { contract, MAX_AI_BODY_BYTES } from '../http/contract.ts'
import { withOneOf } from '../http/schemas.ts'
import { PROVIDER_NAMES } from './providers.ts'

const tag = 'AI'
const callers = ['user', 'key'] as const
const query = z.object({ provider: z.enum(PROVIDER_NAMES).default('openai') })
const count = z.number().int()

const MAX_TEXT_CHARS = 100_000

const text = z.string().min(1).max(MAX_TEXT_CHARS)

export const embedContract = contract({
  id: 'embed',
  method: 'POST',
  path: '/api/ai',
  action: 'embed',
  tag,
  summary: 'Embed texts',
  callers,
  loggedQuery: ['provider'],
  query,
  body: withOneOf(
    z.strictObject({
      text: text.optional(),
      texts: z.array(text).min(1).max(96).optional(),
      model: z.string().min(1).max(200).optional(),
    }),
    'text',
    'texts',
  ),
  responses: {
    200: z.object({
      embeddings: z.array(z.array(z.number())),
      model: z.string(),
      usage: z.object({ promptTokens: count, totalTokens: count }),
    }),
  },
  problems: ['provider_error', 'provider_timeout'],
})

export const visionContract = contract({
  id: 'describeImage',
  method: 'POST',
  path: '/api/ai',
  action: 'vision',
  tag,
  summary: 'Describe an image',
  description:
    'The provider fetches `imageUrl`; this API never does. `imageBase64` is the bare base64 of a PNG, JPEG, GIF or WebP, or a data URL.',
  callers,
  loggedQuery: ['provider'],
  maxBodyBytes: MAX_AI_BODY_BYTES,
  query,
  body: withOneOf(
    z.strictObject({
      imageUrl: z
        .url({ protocol: /^https?$/ })
        .max(2_000)
        .optional(),
      imageBase64: z.string().min(1).optional(),
      prompt: z.string().min(1).max(10_000).optional(),
      model: z.string().min(1).max(200).optional(),
    }),
    'imageUrl',
    'imageBase64',
  ),
  responses: {
    200: z.object({
      caption: z.string(),
      text: z.string().meta({ description: 'What is written in the image; empty when nothing is' }),
      description: z.string(),
      usage: z.object({ promptTokens: count, completionTokens: count, totalTokens: count }),
    }),
  },
  problems: ['provider_error', 'provider_timeout', 'quota_exceeded'],
})

export const listModelsContract = contract({
  id: 'listProviders',
  method: 'GET',
  path: '/api/ai',
  action: 'models',
  tag,
  summary: 'List providers and their models',
  callers: ['user', 'key', 'visitor'],
  visitorsPerMinute: 10,
  responses: {
    200: z.object({
      providers: z.array(
        z.object({
          provider: z.enum(PROVIDER_NAMES),
          configured: z.boolean(),
          models: z.array(z.string()),
          embeddingModels: z.array(z.string()),
          default: z.string(),
        }),
      ),
    }),
  },
})
