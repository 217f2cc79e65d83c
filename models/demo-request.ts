import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'
import { noteSchema } from './note.ts'

const schema = new Schema(
  {
    name: { type: String, required: true },
    email: { type: String, required: true, lowercase: true, trim: true, match: /^[^\s@]+@[^\s@]+\.[^\s@]+$/ },
    company: { type: String, required: true },
    phone: { type: String, default: null },
    jobTitle: { type: String, default: null },
    companySize: { type: String, default: null },
    industry: { type: String, default: null },
    businessNeeds: { type: String, required: true },
    useCase: { type: String, default: null },
    timeline: { type: String, default: null },
    message: { type: String, default: null },
    preferredDate: { type: Date, default: null },
    status: {
      type: String,
      enum: ['pending', 'scheduled', 'completed', 'canceled'] as const,
      default: 'pending',
    },
    type: { type: String, default: 'demo_request' },
    clerkId: { type: String, default: null },
    notes: { type: [noteSchema], default: [] },
    /** Beginnings of its words, by which an admin finds it. */
    searchTerms: { type: [String], default: [] },
  },
  { collection: 'demorequests', timestamps: true },
)

schema.index({ email: 1 })
schema.index({ status: 1 })
schema.index({ company: 1 })
schema.index({ createdAt: -1 })
schema.index({ clerkId: 1 }, { sparse: true })
schema.index({ status: 1, _id: -1 })
schema.index({ searchTerms: 1, _id: -1 })
schema.index({ status: 1, searchTerms: 1, _id: -1 })

export type DemoRequestDocument = InferSchemaType<typeof schema>

/** Somebody who asked for a demo; may belong to a signed-in user. */
export const DemoRequest = defineModel('DemoRequest', schema, { owned: false })
