import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

export const USAGE_LOG_TTL_SECONDS = 90 * 24 * 60 * 60

const schema = new Schema(
  {
    clerkId: { type: String, required: true },
    endpoint: { type: String, required: true },
    method: { type: String, enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const, required: true },
    status: { type: Number, required: true },
    responseTimeMs: { type: Number, default: null },
    userAgent: { type: String, default: null },
    ip: { type: String, default: null },
    metadata: { type: Schema.Types.Mixed, default: {} },
  },
  { collection: 'usagelogs', timestamps: true, minimize: false },
)

schema.index({ clerkId: 1 })
schema.index({ endpoint: 1 })
schema.index({ status: 1 })
schema.index({ clerkId: 1, createdAt: -1 })
schema.index({ endpoint: 1, status: 1 })
schema.index({ createdAt: 1 }, { expireAfterSeconds: USAGE_LOG_TTL_SECONDS })

export type UsageLogDocument = InferSchemaType<typeof schema>

/** One request of an authenticated caller. */
export const UsageLog = defineModel('UsageLog', schema, { owned: true })
