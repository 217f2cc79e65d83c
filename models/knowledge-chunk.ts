import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

const schema = new Schema(
  {
    fileId: { type: Schema.Types.ObjectId, required: true },
    /** Null for what is shared with everyone: that must be said, so there is no default. */
    clerkId: { type: String },
    /** Position in the file, from 0. */
    index: { type: Number, required: true },
    text: { type: String, required: true },
    /** Unit-length embedding as a BSON float32 vector (binary subtype 9). */
    vector: { type: Schema.Types.Mixed, required: true },
  },
  { collection: 'knowledgechunks', timestamps: { createdAt: true, updatedAt: false } },
)

schema.index({ clerkId: 1, fileId: 1, index: 1 })
schema.index({ fileId: 1, index: 1 }, { unique: true })

export type KnowledgeChunkDocument = InferSchemaType<typeof schema>

/** A passage of a knowledge file with its embedding: what search finds and chat cites. */
export const KnowledgeChunk = defineModel('KnowledgeChunk', schema, { owned: true })
