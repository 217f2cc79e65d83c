import { Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

const schema = new Schema(
  {
    event: { type: String, required: true },
    metadata: { type: Schema.Types.Mixed, default: {} },
    clerkId: { type: String, default: null },
  },
  { collection: 'analyticevents', timestamps: true, minimize: false },
)

schema.index({ event: 1 })
schema.index({ clerkId: 1 })
schema.index({ clerkId: 1, event: 1 })
schema.index({ createdAt: -1 })
schema.index({ clerkId: 1, createdAt: -1, event: 1 })
schema.index({ clerkId: 1, event: 1, createdAt: -1 })

/** Something that happened in a client's product, as the client reports it. */
export const AnalyticsEvent = defineModel('AnalyticsEvent', schema, { owned: true })
