import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

/** What reading the file has taken of providers, all runs together. */
const usageSchema = new Schema(
  {
    promptTokens: { type: Number, default: 0 },
    completionTokens: { type: Number, default: 0 },
    costUsd: { type: Number, default: 0 },
  },
  { _id: false },
)

const schema = new Schema(
  {
    path: { type: String, required: true },
    name: { type: String, required: true },
    size: { type: Number, default: 0 },
    mimeType: { type: String, default: 'application/octet-stream' },
    summary: { type: String, default: null },
    embedding: { type: [Number], default: [] },
    storageProvider: {
      type: String,
      enum: ['mongodb_gridfs', 's3', 'cloudflare_r2'] as const,
      default: 'mongodb_gridfs',
    },
    storagePath: { type: String, default: null },
    clerkId: { type: String, default: null },

    sha256: { type: String, default: null },
    /** `uploading` exists only while bytes arrive and is never shown. */
    status: { type: String, enum: ['uploading', 'processing', 'ready', 'failed'] as const, default: 'ready' },
    error: { type: String, default: null },
    embedded: { type: Boolean, default: false },
    /** Passages in all, and how many of them are embedded by now. */
    chunks: { type: Number, default: 0 },
    chunksDone: { type: Number, default: 0 },
    /** Kinds of personal data in the text, never the data itself. */
    piiFound: { type: [String], default: [] },
    /** Whose quota this counts against: the owner, or the admin who shared it. */
    uploadedBy: { type: String, default: null },
    /** Bytes reserved against the quota: an estimate while uploading, the size afterwards. */
    reservedBytes: { type: Number, default: 0 },
    /** Until when nobody may begin to ingest this file: a run has it, or it is put off after a failure. */
    leaseUntil: { type: Date, default: null },
    /** The run that ingests this file: no other may write what it makes of it. */
    leaseId: { type: String, default: null },
    /** Runs begun since the last one that got further. */
    attempts: { type: Number, default: 0 },
    /** Fingerprint of the passages that `chunksDone` counts. */
    passagesHash: { type: String, default: null },
    usage: { type: usageSchema, default: undefined },
    /**
     * Of a direct upload: from when on it cannot be completed, and nothing can arrive any more. Of any upload
     * that the sweep gave up, long past.
     */
    abandonedAt: { type: Date, default: null },
  },
  { collection: 'knowledgefiles', timestamps: true },
)

schema.index({ path: 1 }, { unique: true })
schema.index({ clerkId: 1 })
schema.index({ createdAt: -1 })
schema.index({ clerkId: 1, _id: -1 })
schema.index({ clerkId: 1, status: 1, createdAt: 1 })
schema.index({ status: 1, createdAt: 1 }, { partialFilterExpression: { status: 'uploading' } })
schema.index({ status: 1, leaseUntil: 1 }, { partialFilterExpression: { status: 'processing' } })
schema.index({ status: 1 }, { partialFilterExpression: { status: 'failed' } })

export type KnowledgeFileDocument = InferSchemaType<typeof schema>

/** An uploaded file; of a tenant, or shared with everyone (`clerkId` null). */
export const KnowledgeFile = defineModel('KnowledgeFile', schema, { owned: true })
