import { Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

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

/** Somebody who wrote through the contact form; may belong to a signed-in user. */
export const Contact = defineModel('Contact', schema, { owned: false })
