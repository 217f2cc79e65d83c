import { Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'
import { messageSchema } from './chat-message.ts'

const schema = new Schema(
  {
    conversation: { type: Schema.Types.ObjectId, required: true },
    clerkId: { type: String, default: null },
    /** Position of the first message in the whole conversation, from 0. */
    from: { type: Number, required: true },
    messages: { type: [messageSchema], default: [] },
  },
  { collection: 'chatbuckets', timestamps: { createdAt: true, updatedAt: false } },
)

schema.index({ conversation: 1, from: 1 }, { unique: true })
schema.index({ clerkId: 1, conversation: 1, from: -1 })
schema.index({ 'messages.effectId': 1 }, { sparse: true })

/** Older messages of a conversation, moved out so that no document grows with a conversation's length. */
export const ChatBucket = defineModel('ChatBucket', schema, { owned: true })
