import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

const schema = new Schema(
  {
    eventId: { type: String, required: true },
    type: { type: String, required: true },
    /** As delivered; its JSON text where BSON cannot hold it, e.g. for a NUL in a name. */
    payload: { type: Schema.Types.Mixed, required: true },

    status: { type: String, enum: ['processed', 'ignored', 'pending', 'failed'] as const, required: true },
    processedAt: { type: Date, default: null },
    error: { type: String, default: null },
    /** Who the event is about, as Polar names them: how a pending event is found when the user appears, and any. */
    customer: {
      externalId: { type: String, default: null },
      id: { type: String, default: null },
      email: { type: String, default: null },
    },
    /** Whether `customer` tells all that its payload names: not where it could not be read, nor of older ones. */
    isNamed: { type: Boolean, default: false },
  },
  { collection: 'polarevents', timestamps: true, minimize: false },
)

schema.index({ eventId: 1 }, { unique: true })
schema.index({ type: 1 })
schema.index({ status: 1, _id: -1 })
schema.index({ status: 1, 'customer.externalId': 1, isNamed: 1 })
schema.index({ status: 1, 'customer.email': 1 })
schema.index({ status: 1, 'customer.id': 1 })

export type PolarEventDocument = InferSchemaType<typeof schema>

/** A billing event as Polar delivered it, stored once. */
export const PolarEvent = defineModel('PolarEvent', schema, { owned: false })
