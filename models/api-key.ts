import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

const schema = new Schema(
  {
    clerkId: { type: String, required: true },
    keyHash: { type: String, required: true },
    keyPrefix: { type: String, required: true },
    name: { type: String, default: null, maxlength: 100 },
    revokedAt: { type: Date, default: null },
    expiresAt: { type: Date, default: null },
    lastUsedAt: { type: Date, default: null },
    /** The key that took this one's place; from then on this one counts against no plan. */
    replacedBy: { type: Schema.Types.ObjectId, default: null },
  },
  { collection: 'apikeys', timestamps: true },
)

schema.index({ clerkId: 1 })
schema.index({ keyHash: 1 }, { unique: true })
schema.index({ keyPrefix: 1 })
schema.index({ clerkId: 1, revokedAt: 1 })
schema.index({ revokedAt: 1, clerkId: 1 })
schema.index({ revokedAt: 1, keyPrefix: 1 })
schema.index({ clerkId: 1, _id: -1 })
schema.index({ clerkId: 1, revokedAt: 1, _id: -1 })
schema.index({ clerkId: 1, revokedAt: 1, replacedBy: 1 })

export type ApiKeyDocument = InferSchemaType<typeof schema>

/** A tenant's key for its servers. Only a bcrypt hash of it is kept. */
export const ApiKey = defineModel('ApiKey', schema, { owned: true })
