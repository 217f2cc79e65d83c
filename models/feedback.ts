import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

const schema = new Schema(
  {
    formType: { type: String, enum: ['demo', 'contact'] as const, required: true },
    rating: { type: Number, required: true, min: 1, max: 5 },
    feedbackText: { type: String, trim: true, maxlength: 2000 },
    userEmail: { type: String, trim: true, lowercase: true },
    userCompany: { type: String, trim: true },
    allowFollowup: { type: Boolean, default: false },
    clerkId: { type: String },
  },
  { collection: 'feedbacks', timestamps: true },
)

schema.index({ formType: 1 })
schema.index({ createdAt: -1 })
schema.index({ formType: 1, createdAt: -1 })
schema.index({ clerkId: 1 }, { sparse: true })
schema.index({ formType: 1, _id: -1 })

export type FeedbackDocument = InferSchemaType<typeof schema>

/** What somebody thought of a form or demo. */
export const Feedback = defineModel('Feedback', schema, { owned: false })
