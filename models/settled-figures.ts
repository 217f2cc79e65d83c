import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'
import type { UsageSums } from './usage-figures.ts'

/** What requests and sign-ups came to, over all tenants. */
export type SoFar = UsageSums & { signUps: number }

const schema = new Schema(
  {
    _id: { type: String, required: true },
    /** Before it each day has its figures; a midnight (UTC). */
    days: { type: Date, default: null },
    /** From `days` until before it each hour has its figures. */
    hours: { type: Date, default: null },
    /** What the day that `hours` ends in came to until then, over all tenants. */
    soFar: { type: Schema.Types.Mixed, default: null },
    /** Until when one run has the work to itself. */
    leaseUntil: { type: Date, required: true },
  },
  { collection: 'settledfigures' },
)

export type SettledFiguresDocument = Omit<InferSchemaType<typeof schema>, 'soFar'> & { soFar: SoFar | null }

/** How far figures are made: one document. */
export const SettledFigures = defineModel('SettledFigures', schema, { owned: false })
