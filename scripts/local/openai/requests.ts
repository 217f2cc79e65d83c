import { z } from 'zod'
import type { JsonSchema } from './json.ts'

const textPart = z.looseObject({ type: z.literal('text'), text: z.string() })
const imagePart = z.looseObject({
  type: z.literal('image_url'),
  image_url: z.looseObject({ url: z.string().min(1) }),
})

const message = z.looseObject({
  role: z.enum(['developer', 'system', 'user', 'assistant', 'tool', 'function']),
  content: z.union([z.string(), z.array(z.discriminatedUnion('type', [textPart, imagePart]))]).nullish(),
  tool_calls: z
    .array(
      z.looseObject({
        id: z.string().min(1),
        type: z.literal('function'),
        function: z.looseObject({ name: z.string().min(1), arguments: z.string() }),
      }),
    )
    .min(1)
    .optional(),
  tool_call_id: z.string().optional(),
})

const tool = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({
    name: z.string().regex(/^[\w-]{1,64}$/),
    parameters: z.custom<JsonSchema>().optional(),
  }),
})

const toolChoice = z.union([
  z.enum(['none', 'auto', 'required']),
  z.looseObject({ type: z.literal('function'), function: z.looseObject({ name: z.string() }) }),
])

const responseFormat = z.discriminatedUnion('type', [
  z.looseObject({ type: z.literal('text') }),
  z.looseObject({ type: z.literal('json_object') }),
  z.looseObject({
    type: z.literal('json_schema'),
    json_schema: z.looseObject({ name: z.string(), schema: z.custom<JsonSchema>().optional() }),
  }),
])

/** The fields of a chat request, each by itself. */
export const chatFields = z.looseObject({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  temperature: z.number().min(0).max(2).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().optional() }).nullish(),
  response_format: responseFormat.optional(),
  tools: z.array(tool).min(1).max(128).optional(),
  tool_choice: toolChoice.optional(),
  parallel_tool_calls: z.boolean().optional(),
})

export type ChatRequest = z.output<typeof chatFields>
export type Tool = z.output<typeof tool>
export type Message = ChatRequest['messages'][number]

/** A message's text, its parts joined. */
export function textOf({ content }: Message): string {
  if (typeof content === 'string') return content
  return (content ?? []).flatMap(part => (part.type === 'text' ? [part.text] : [])).join('\n')
}

/** The addresses of a message's images. */
export function imagesOf({ content }: Message): string[] {
  if (!Array.isArray(content)) return []
  return content.flatMap(part => (part.type === 'image_url' ? [part.image_url.url] : []))
}

/** Whether a message instructs the model, rather than being part of the talk. */
export function isInstruction({ role }: Message): boolean {
  return role === 'system' || role === 'developer'
}
