import { Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

const schema = new Schema(
  {
    _id: { type: String, required: true },
    stock: { type: Schema.Types.Mixed, required: true },
    /** How many documents were counted in all. */
    counted: { type: Number, required: true },
    countedAt: { type: Date, required: true },
  },
  { collection: 'stockcounts' },
)

/** What the overview last counted, where there is much to count: one document. */
export const StockCounts = defineModel('StockCounts', schema, { owned: false })
