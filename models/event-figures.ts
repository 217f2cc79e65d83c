import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

/** Stands for the name where all events are counted together. */
export const ANY_EVENT = ''

/** How often the event happened in an hour. */
const hourSchema = new Schema(
  { start: { type: Date, required: true }, count: { type: Number, required: true } },
  { _id: false },
)

const schema = new Schema(
  {
    clerkId: { type: String, required: true },
    unit: { type: String, enum: ['hour', 'day'] as const, required: true },
    /** When the hour or day (UTC) begins. */
    start: { type: Date, required: true },
    event: { type: String, default: ANY_EVENT },
    count: { type: Number, required: true },
    hours: { type: [hourSchema], required: true },
    /** Of an hour whose day has figures. */
    expiresAt: { type: Date, default: null },
  },
  { collection: 'eventfigures' },
)

schema.index({ unit: 1, clerkId: 1, event: 1, start: 1 }, { unique: true })
schema.index({ unit: 1, clerkId: 1, start: 1, event: 1, count: 1 })
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })

export type EventFiguresDocument = InferSchemaType<typeof schema>

/** How often an event of a tenant's happened, or any, in an hour or day that is over; counted from the events. */
export const EventFigures = defineModel('EventFigures', schema, { owned: true })
