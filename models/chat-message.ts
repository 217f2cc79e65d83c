import { type InferSchemaType, Schema } from 'mongoose'

const citationSchema = new Schema(
  {
    fileId: { type: String, required: true },
    name: { type: String, required: true },
    chunk: { type: Number, required: true },
    score: { type: Number, required: true },
    excerpt: { type: String, required: true },
  },
  { _id: false },
)

/** What an answer came from and took. */
const originSchema = new Schema(
  {
    provider: { type: String, required: true },
    model: { type: String, required: true },
    promptTokens: { type: Number, required: true },
    completionTokens: { type: Number, required: true },
    costUsd: { type: Number, required: true },
  },
  { _id: false },
)

/** One message inside a conversation document. */
export const messageSchema = new Schema(
  {
    role: { type: String, enum: ['user', 'assistant'] as const, required: true },
    content: { type: String, required: true },
    timestamp: { type: Date, default: Date.now },
    citations: { type: [citationSchema], default: undefined },
    origin: { type: originSchema, default: undefined },
    /** True of an answer that was stopped or broke off: what there was of it. */
    unfinished: { type: Boolean, default: undefined },
    /** Shared by the retries of the request that this answers. */
    effectId: { type: String, default: undefined },
  },
  { _id: false },
)

export type ChatMessage = InferSchemaType<typeof messageSchema>
