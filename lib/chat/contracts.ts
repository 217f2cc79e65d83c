import { z } from 'zod'
import { PROVIDER_NAMES } from '../ai/providers.ts'
import { contract } from '../http/contract.ts'
import { id, timestamp } from '../http/schemas.ts'

/** Most characters of one message. */
export const MAX_MESSAGE_CHARS = 100_000

const content = z.string().min(1).max(MAX_MESSAGE_CHARS)
const message = z.strictObject({ role: z.enum(['user', 'assistant']), content })

const knowledge = z.union([
  z.boolean(),
  z.strictObject({
    fileIds: z.array(id).min(1).max(100).optional(),
    topK: z.number().int().min(1).max(20).optional(),
  }),
])

const chatRequest = z
  .strictObject({
    message: content.optional(),
    messages: z.array(message).min(1).max(100).optional(),
    sessionId: z.string().min(1).max(200).optional(),
    conversationId: id.optional(),
    userEmail: z.email({ pattern: z.regexes.unicodeEmail }).max(254).optional(),
    model: z.string().min(1).max(200).optional(),
    temperature: z.number().min(0).max(2).optional(),
    maxTokens: z.number().int().min(1).max(100_000).optional(),
    system: content.optional(),
    knowledge: knowledge
      .default(false)
      .meta({ description: 'Answer from your files and the shared ones, with citations' }),
    stream: z.literal(false, 'Streaming is not available yet').optional(),
  })
  .refine(({ message, messages }) => (message === undefined) !== (messages === undefined), {
    path: ['message'],
    message: 'Send either `message` or `messages`',
  })
  .refine(({ messages }) => messages === undefined || messages.at(-1)?.role === 'user', {
    path: ['messages'],
    message: 'The last message must be the user’s',
  })

export type ChatRequest = z.output<typeof chatRequest>

const citation = z
  .object({
    fileId: id,
    name: z.string(),
    chunk: z.number().int(),
    score: z.number(),
    excerpt: z.string(),
  })
  .meta({ id: 'Citation' })

export const chatContract = contract({
  id: 'chat',
  method: 'POST',
  path: '/api/ai',
  action: 'chat',
  tag: 'AI',
  summary: 'Chat with a model',
  description:
    'Send either one `message`, or the `messages` so far, the last of which is the user’s. `conversationId` continues a conversation, for a visitor together with its `sessionId`. A visitor (no credential) may make 10 requests a minute and send 20 messages a day.',
  callers: ['user', 'key', 'visitor'],
  visitorsPerMinute: 10,
  loggedQuery: ['provider'],
  query: z.object({ provider: z.enum(PROVIDER_NAMES).default('openai') }),
  body: chatRequest,
  responses: {
    200: z.object({
      conversationId: id,
      sessionId: z.string(),
      message: z.object({ role: z.literal('assistant'), content: z.string(), timestamp }),
      citations: z.array(citation),
      usage: z.object({
        promptTokens: z.number().int(),
        completionTokens: z.number().int(),
        totalTokens: z.number().int(),
      }),
      provider: z.enum(PROVIDER_NAMES),
      model: z.string(),
    }),
  },
  problems: ['not_found', 'quota_exceeded', 'provider_error', 'provider_timeout'],
})
