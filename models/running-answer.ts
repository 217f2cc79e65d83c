import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

const schema = new Schema(
  {
    conversation: { type: Schema.Types.ObjectId, required: true },
    clerkId: { type: String, default: null },
    sessionId: { type: String, required: true },
    /** Set by whoever wants it stopped; the instance that streams it looks. */
    stopRequestedAt: { type: Date, default: null },
    /** When the function that streams it has ended for certain. */
    expiresAt: { type: Date, required: true },
  },
  { collection: 'runninganswers', timestamps: { createdAt: true, updatedAt: false } },
)

schema.index({ clerkId: 1, conversation: 1 })
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })

export type RunningAnswerDocument = InferSchemaType<typeof schema>

/** An answer that is being streamed right now: what makes it stoppable from any instance. */
export const RunningAnswer = defineModel('RunningAnswer', schema, { owned: true })
