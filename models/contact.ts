import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'
import { noteSchema } from './note.ts'

/** What the same address sent later, whole, by whoever sent it; its `_id` tells a retry from another one. */
const followUpSchema = new Schema({
  name: { type: String, required: true },
  phone: { type: String, default: null },
  company: { type: String, default: null },
  message: { type: String, required: true },
  source: { type: String, default: 'website' },
  clerkId: { type: String, default: null },
  createdAt: { type: Date, required: true },
})

const schema = new Schema(
  {
    name: { type: String, required: true, maxlength: 100, trim: true },
    email: {
      type: String,
      required: true,
      lowercase: true,
      trim: true,
      maxlength: 254,
      match: /^[^\s@]+@[^\s@]+\.[^\s@]+$/,
    },
    phone: { type: String, default: null },
    company: { type: String, default: null },
    message: { type: String, required: true },
    source: { type: String, default: 'website' },
    status: { type: String, enum: ['new', 'contacted', 'qualified', 'closed'] as const, default: 'new' },
    type: { type: String, default: 'contact' },
    clerkId: { type: String, default: null },
    /** Oldest first. */
    followUps: { type: [followUpSchema], default: [] },
    followUpCount: { type: Number, default: 0 },
    notes: { type: [noteSchema], default: [] },
    /** Beginnings of its words, by which an admin finds it. */
    searchTerms: { type: [String], default: [] },
  },
  { collection: 'contacts', timestamps: true },
)

/** French, strength 2: case does not matter (É = é), accents do (é ≠ e). */
export const CONTACT_EMAIL_COLLATION = { locale: 'fr', strength: 2 } as const

schema.index({ email: 1 }, { unique: true, collation: CONTACT_EMAIL_COLLATION })
schema.index({ status: 1 })
schema.index({ createdAt: -1 })
schema.index({ status: 1, createdAt: -1 })
schema.index({ clerkId: 1 }, { sparse: true })
schema.index({ 'followUps.clerkId': 1 }, { sparse: true })
schema.index({ status: 1, _id: -1 })
schema.index({ searchTerms: 1, _id: -1 })
schema.index({ status: 1, searchTerms: 1, _id: -1 })

export type ContactDocument = InferSchemaType<typeof schema>
export type FollowUp = InferSchemaType<typeof followUpSchema>

/** Somebody who wrote through the contact form; may belong to a signed-in user. */
export const Contact = defineModel('Contact', schema, { owned: false })
