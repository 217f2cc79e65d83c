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

/** One message inside a conversation document. */
export const messageSchema = new Schema(
  {
    role: { type: String, enum: ['user', 'assistant'] as const, required: true },
    content: { type: String, required: true },
    timestamp: { type: Date, default: Date.now },
    citations: { type: [citationSchema], default: undefined },
  },
  { _id: false },
)

export type ChatMessage = InferSchemaType<typeof messageSchema>
