import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

const schema = new Schema(
  {
    /** `2026-01-09`, UTC. */
    day: { type: String, required: true },
    signUps: { type: Number, required: true },
    activeTenants: { type: Number, required: true },
    requests: { type: Number, required: true },
    errorAnswers: { type: Number, required: true },
    promptTokens: { type: Number, required: true },
    completionTokens: { type: Number, required: true },
    costUsd: { type: Number, required: true },
  },
  { collection: 'dailyfigures', timestamps: true },
)

schema.index({ day: 1 }, { unique: true })

export type DailyFiguresDocument = InferSchemaType<typeof schema>

/** What a day that is over added up to, over all tenants. */
export const DailyFigures = defineModel('DailyFigures', schema, { owned: false })
