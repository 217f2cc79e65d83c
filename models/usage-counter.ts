import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

const schema = new Schema(
  {
    clerkId: { type: String, required: true },
    /** `YYYY-MM` or, for a visitor, `YYYY-MM-DD` (UTC); `total` for what only removal frees. */
    period: { type: String, required: true },
    chatMessages: { type: Number, default: 0 },
    files: { type: Number, default: 0 },
    bytes: { type: Number, default: 0 },
    /** Effects under way that took a unit: a retry of one takes none. */
    takenBy: { type: [String], default: undefined },
    /** Effects whose unit is used for good: no attempt takes another or gives it back. */
    keptBy: { type: [String], default: undefined },
    /** The newest takes that have one attempt alone, and those of them that were given back. */
    lately: { type: [Schema.Types.ObjectId], default: undefined },
    givenBack: { type: [Schema.Types.ObjectId], default: undefined },
    /** When a visitor's row may go. */
    expiresAt: { type: Date, default: null },
  },
  { collection: 'usagecounters', timestamps: true },
)

schema.index({ clerkId: 1, period: 1 }, { unique: true })
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })

export type UsageCounterDocument = InferSchemaType<typeof schema>

/** What a tenant has used of its plan in a period; changed only by conditional increments. */
export const UsageCounter = defineModel('UsageCounter', schema, { owned: true })
