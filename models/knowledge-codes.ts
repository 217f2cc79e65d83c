import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

const schema = new Schema(
  {
    fileId: { type: Schema.Types.ObjectId, required: true },
    /** Null for what is shared with everyone: that must be said, so there is no default. */
    clerkId: { type: String },
    /** Position in the file of the first passage, from 0. */
    from: { type: Number, required: true },
    /** The codes of consecutive passages, one after the other. */
    codes: { type: Schema.Types.Mixed, required: true },
    /** How many a level of these codes has; 4 where it is not said. */
    bits: { type: Number },
  },
  { collection: 'knowledgecodes', timestamps: false },
)

schema.index({ clerkId: 1, fileId: 1, from: 1 })
schema.index({ fileId: 1, from: 1 }, { unique: true })

export type KnowledgeCodesDocument = InferSchemaType<typeof schema>

/** Quantised vectors of a run of passages: what a search scans before it compares in full precision. */
export const KnowledgeCodes = defineModel('KnowledgeCodes', schema, { owned: true })
