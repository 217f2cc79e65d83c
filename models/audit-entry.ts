import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

const schema = new Schema(
  {
    /** The admin's user id, not their Clerk id or address: the log outlives the accounts it speaks of. */
    actorId: { type: Schema.Types.ObjectId, required: true },
    action: { type: String, required: true },
    target: {
      type: { type: String, required: true },
      id: { type: Schema.Types.ObjectId, required: true },
    },
    /** Each changed field with its value before and after. */
    changes: { type: Schema.Types.Mixed, default: {} },
    note: { type: String, default: null },
  },
  { collection: 'auditentries', timestamps: { createdAt: true, updatedAt: false }, minimize: false },
)

schema.index({ action: 1, _id: -1 })
schema.index({ actorId: 1, action: 1, _id: -1 })
schema.index({ 'target.id': 1, action: 1, _id: -1 })
schema.index({ 'target.id': 1, actorId: 1, action: 1, _id: -1 })

/** Somebody was about to change the past. */
class AppendOnly extends Error {
  override name = 'AppendOnly'
}

schema.pre(
  [
    'findOneAndUpdate',
    'findOneAndReplace',
    'findOneAndDelete',
    'updateOne',
    'updateMany',
    'replaceOne',
    'deleteOne',
    'deleteMany',
  ],
  refuse,
)
schema.pre('save', function () {
  if (!this.isNew) refuse()
})
schema.pre('bulkWrite', operations => {
  if (operations.some(operation => !('insertOne' in operation))) refuse()
})

function refuse(): never {
  throw new AppendOnly('the audit log is only ever added to')
}

export type AuditEntryDocument = InferSchemaType<typeof schema>

/** One thing an admin did. Written in the transaction that did it, and never changed. */
export const AuditEntry = defineModel('AuditEntry', schema, { owned: false })
