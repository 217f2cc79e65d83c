import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

const schema = new Schema(
  {
    /** SHA-256 of the Clerk id, hex: knows it again, tells it to nobody. */
    clerkIdHash: { type: String, required: true },
  },
  { collection: 'purgedaccounts', timestamps: { createdAt: true, updatedAt: false } },
)

schema.index({ clerkIdHash: 1 }, { unique: true })

export type PurgedAccountDocument = InferSchemaType<typeof schema>

/** All that is left of an account that was purged, so that no straggling event or session revives it. */
export const PurgedAccount = defineModel('PurgedAccount', schema, { owned: false })
