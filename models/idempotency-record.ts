import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

const schema = new Schema(
  {
    clerkId: { type: String, required: true },
    /** SHA-256 of the caller's Idempotency-Key; the key itself is stored nowhere. */
    keyHash: { type: String, required: true },
    /** Salt of what is derived from the caller's key for this record. */
    salt: { type: String, required: true },
    /** Keyed hash of the request, of an upload without its bytes. */
    fingerprint: { type: String, required: true },
    /** Keyed hash of an upload's content and its size; null until all of it was read. */
    contentHash: { type: String, default: null },
    contentBytes: { type: Number, default: null },
    /** Whoever holds it may settle the record; a takeover changes it. */
    fence: { type: Schema.Types.ObjectId, required: true },
    /** The database session of an atomic attempt, whose transaction a takeover ends. */
    sessionId: { type: String, default: null },
    leaseUntil: { type: Date, required: true },
    /** The same for each attempt of one request: the id of what it makes. */
    effectId: { type: Schema.Types.ObjectId, required: true },
    /** The sealed reply; null while the first attempt runs. */
    reply: { type: String, default: null },
    expiresAt: { type: Date, required: true },
  },
  { collection: 'idempotencyrecords', timestamps: true },
)

schema.index({ clerkId: 1, keyHash: 1 }, { unique: true })
schema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 })

export type IdempotencyRecordDocument = InferSchemaType<typeof schema>

/** A tenant's request that came with an Idempotency-Key, and what it was answered. */
export const IdempotencyRecord = defineModel('IdempotencyRecord', schema, { owned: true })
