import { z } from 'zod'
import { PROVIDER_NAMES } from '../ai/providers.ts'
import { contract, MAX_AI_BODY_BYTES } from '../http/contract.ts'
import {
  emailAddress,
  id,
  pageOf,
  pageQuery,
  requiredText,
  timestamp,
  withChange,
  withOneOf,
} from '../http/schemas.ts'

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

const chatRequest = withOneOf(
  z.strictObject({
    message: content.optional(),
    messages: z.array(message).min(1).max(100).optional(),
    sessionId: z.string().min(1).max(200).optional(),
    conversationId: id.optional(),
    userEmail: emailAddress.optional(),
    model: z.string().min(1).max(200).optional(),
    temperature: z.number().min(0).max(2).optional(),
    maxTokens: z.number().int().min(1).max(100_000).optional(),
    system: content.optional(),
    knowledge: knowledge
      .default(false)
      .meta({ description: 'Answer from your files and the shared ones, with citations' }),
    stream: z
      .boolean()
      .default(false)
      .meta({ description: 'Answer as server-sent events: `delta` …, then `completed` or `error`' }),
  }),
  'message',
  'messages',
).refine(({ messages }) => messages === undefined || messages.at(-1)?.role === 'user', {
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

const unfinished = z.literal(true).optional().meta({
  description: 'The answer was stopped, broke off or went on past 512 KiB: this is what there was of it',
})

export const chatContract = contract({
  id: 'chat',
  method: 'POST',
  path: '/api/ai',
  action: 'chat',
  tag: 'AI',
  summary: 'Chat with a model',
  description:
    'Send either one `message`, or the `messages` so far, the last of which is the user’s. `conversationId` continues a conversation, for a visitor together with its `sessionId`; a `sessionId` alone continues the newest of its session. A signed-in person who brings the `sessionId` of a visit takes its conversations over. A visitor (no credential) may make 10 requests a minute and send 20 messages a day. A streamed answer names its conversation in the headers `X-Conversation-Id` and `X-Session-Id` (percent-encoded); it is finished and stored though its client leaves.',
  callers: ['user', 'key', 'visitor'],
  visitorsPerMinute: 10,
  streams: 'named',
  maxBodyBytes: MAX_AI_BODY_BYTES,
  loggedQuery: ['provider'],
  query: z.object({ provider: z.enum(PROVIDER_NAMES).default('openai') }),
  body: chatRequest,
  responses: {
    200: z.object({
      conversationId: id,
      sessionId: z.string(),
      message: z.object({ role: z.literal('assistant'), content: z.string(), timestamp, unfinished }),
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

const visit = {
  sessionId: z.string().max(200).optional().meta({ description: 'A visitor’s proof that it is theirs' }),
}
const callers = ['user', 'key', 'visitor'] as const
const ofConversations = { tag: 'Conversations', callers, visitorsPerMinute: 60 } as const

export const stopContract = contract({
  id: 'stopAnswer',
  method: 'POST',
  path: '/api/ai',
  action: 'stop',
  tag: 'AI',
  summary: 'Stop a streamed answer',
  description: 'Works from any instance, within two seconds. What was said is kept, marked `unfinished`.',
  callers,
  visitorsPerMinute: 10,
  query: z.object({ conversationId: id, ...visit }),
  responses: {
    200: z.object({
      conversationId: id,
      stopped: z.number().int().meta({ description: 'Answers that were running' }),
    }),
  },
  problems: ['not_found'],
})

const status = z.enum(['active', 'archived'])
const title = requiredText(200)

const conversationView = z
  .object({
    id,
    sessionId: z.string(),
    title: z.string().nullable(),
    status,
    messageCount: z.number().int(),
    lastMessageAt: timestamp,
    createdAt: timestamp,
  })
  .meta({ id: 'Conversation' })

export const listConversationsContract = contract({
  id: 'listConversations',
  method: 'GET',
  path: '/api/app/conversations',
  tag: 'Conversations',
  summary: 'List your conversations, newest first',
  description: 'Without their messages.',
  callers: ['user', 'key'],
  query: pageQuery.extend({ status: status.default('active') }),
  responses: { 200: pageOf(conversationView) },
})

export const getConversationContract = contract({
  id: 'getConversation',
  method: 'GET',
  path: '/api/app/conversations/{id}',
  ...ofConversations,
  summary: 'Read a conversation',
  description: 'The newest messages first; each page is in time order.',
  params: z.object({ id }),
  query: pageQuery.extend(visit),
  responses: {
    200: conversationView.extend({
      messages: z.array(
        z.object({
          role: z.enum(['user', 'assistant']),
          content: z.string(),
          timestamp,
          unfinished,
          citations: z.array(citation).optional(),
        }),
      ),
      nextCursor: z.string().nullable().meta({ description: 'Leads to the messages before these' }),
    }),
  },
})

export const updateConversationContract = contract({
  id: 'updateConversation',
  method: 'PATCH',
  path: '/api/app/conversations/{id}',
  ...ofConversations,
  summary: 'Rename or archive a conversation',
  params: z.object({ id }),
  query: z.object(visit),
  body: withChange(
    z.strictObject({ status: status.optional(), title: title.optional() }),
    'Send `status` or `title`',
  ),
  responses: { 200: conversationView },
})

export const deleteConversationContract = contract({
  id: 'deleteConversation',
  method: 'DELETE',
  path: '/api/app/conversations/{id}',
  ...ofConversations,
  summary: 'Delete a conversation',
  description: 'It is gone at once, and an answer being streamed into it is stopped.',
  params: z.object({ id }),
  query: z.object(visit),
  responses: { 200: z.object({ id, deleted: z.literal(true) }) },
})
