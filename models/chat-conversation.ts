import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'
import { messageSchema } from './chat-message.ts'

const schema = new Schema(
  {
    sessionId: { type: String, required: true },
    conversationId: { type: String, default: null },
    userEmail: { type: String, default: null },
    clerkId: { type: String, default: null },
    title: { type: String, default: null },
    /** The newest messages, in time order; older ones lie in `chatbuckets`. */
    messages: { type: [messageSchema], default: [] },
    messageCount: { type: Number, default: 0 },
    /** Bytes and number of `messages`, by which they spill into buckets, and how many have. */
    heldBytes: { type: Number },
    heldCount: { type: Number },
    spilledCount: { type: Number, default: 0 },
    /** The newest moment among the spilled ones: no later message may bear an earlier one. */
    spilledUntil: { type: Date, default: null },
    /** Written to first by each spill, so that appends wait for it. */
    spills: { type: Number, default: 0 },
    metadata: { type: Schema.Types.Mixed, default: {} },
    conversationStatus: { type: String, enum: ['active', 'archived', 'deleted'] as const, default: 'active' },
    type: { type: String, default: 'chat' },
    lastMessageAt: { type: Date, default: Date.now },
  },
  { collection: 'chatconversations', timestamps: true, minimize: false },
)

schema.index({ sessionId: 1 })
schema.index({ clerkId: 1 })
schema.index({ clerkId: 1, conversationStatus: 1 })
schema.index({ lastMessageAt: -1 })
schema.index({ conversationStatus: 1, lastMessageAt: 1 })
schema.index({ conversationStatus: 1, updatedAt: 1 })
schema.index({ clerkId: 1, sessionId: 1, lastMessageAt: -1 })
schema.index({ clerkId: 1, conversationStatus: 1, lastMessageAt: -1, _id: -1 })

export type ChatConversationDocument = InferSchemaType<typeof schema>

/** A conversation with a model; of a tenant, or of a visitor (`clerkId` null). */
export const ChatConversation = defineModel('ChatConversation', schema, { owned: true })
