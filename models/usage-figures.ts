import type { Binary } from 'mongodb'
import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

/** What some requests came to. */
export type UsageSums = {
  requests: number
  errors: number
  promptTokens: number
  completionTokens: number
  costUsd: number
}

/** All requests of the span; the percentiles are those of its response times. */
export type UsageTotal = UsageSums & { p50Ms: number | null; p95Ms: number | null }

/** The requests of one endpoint, and how often each response time occurred, packed. */
export type EndpointUsage = UsageSums & { endpoint: string; times: Binary }

const schema = new Schema(
  {
    clerkId: { type: String, required: true },
    unit: { type: String, enum: ['hour', 'day'] as const, required: true },
    /** When the hour or day (UTC) begins. */
    start: { type: Date, required: true },
    total: { type: Schema.Types.Mixed, required: true },
    times: { type: Schema.Types.Mixed, required: true },
    endpoints: { type: [Schema.Types.Mixed], required: true },
    expiresAt: { type: Date, required: true },
  },
  { collection: 'usagefigures' },
)

schema.index({ unit: 1, clerkId: 1, start: 1 }, { unique: true })
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })

export type UsageFiguresDocument = Omit<InferSchemaType<typeof schema>, 'total' | 'times' | 'endpoints'> & {
  total: UsageTotal
  /** Of all endpoints together. */
  times: Binary
  endpoints: EndpointUsage[]
}

/** What a tenant's requests of an hour or day that is over came to, added up from the usage log. */
export const UsageFigures = defineModel('UsageFigures', schema, { owned: true })
