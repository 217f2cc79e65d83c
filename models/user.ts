import { type InferSchemaType, Schema } from 'mongoose'
import { defineModel } from '../lib/db/define-model.ts'

/** One Polar subscription as an event or a customer state described it. */
const subscriptionSchema = new Schema(
  {
    id: { type: String, required: true },
    /** Polar's id of the customer who has it. */
    customerId: { type: String, default: null },
    productId: { type: String, default: null },
    status: { type: String, required: true },
    currentPeriodEnd: { type: Date, default: null },
    cancelAtPeriodEnd: { type: Boolean, default: false },
    /** Timestamp of what told it, in microseconds since the epoch (Polar's own resolution). */
    at: { type: Number, required: true },
    /** Timestamp of the newest telling that said it is over; null while none has. */
    endedAt: { type: Number, default: null },
  },
  { _id: false },
)

/** The newest customer.state_changed of a Polar customer: all subscriptions that were active at its time. */
const customerStateSchema = new Schema(
  {
    customerId: { type: String, default: null },
    at: { type: Number, required: true },
    active: { type: [subscriptionSchema], default: [] },
  },
  { _id: false },
)

/** Set while an admin keeps an account from being used; it ends by itself at `until`. */
const suspensionSchema = new Schema(
  {
    at: { type: Date, required: true },
    until: { type: Date, default: null },
    reason: { type: String, required: true },
  },
  { _id: false },
)

const schema = new Schema(
  {
    clerkId: { type: String, required: true },
    email: { type: String, required: true, lowercase: true, trim: true },
    plan: { type: String, enum: ['starter', 'professional', 'enterprise'] as const, default: 'starter' },
    subscriptionStatus: {
      type: String,
      enum: ['active', 'canceled', 'past_due', 'trialing', null] as const,
      default: null,
    },
    /** The customer who has the subscription shown; a user may have several, each named in the ledger below. */
    polarCustomerId: { type: String, default: null },
    polarSubscriptionId: { type: String, default: null },
    currentPeriodEnd: { type: Date, default: null },
    cancelAtPeriodEnd: { type: Boolean, default: false },
    /** What Polar told, the newest per subscription and per customer; the fields above derive from it. */
    polarSubscriptions: { type: [subscriptionSchema], default: [] },
    polarStates: { type: [customerStateSchema], default: [] },

    firstName: { type: String, default: null },
    lastName: { type: String, default: null },
    imageUrl: { type: String, default: null },
    role: { type: String, enum: ['user', 'admin'] as const, default: 'user' },
    /** Overrides of the plan's limits by name; null means unlimited. */
    limits: { type: Schema.Types.Mixed, default: {} },
    /** Clerk's `updated_at` (ms) of the newest profile applied. */
    clerkUpdatedAt: { type: Number, default: null },
    deletedAt: { type: Date, default: null },
    suspension: { type: suspensionSchema, default: null },
    /** When Polar is to be asked how this customer stands, because an event may have been missed. */
    polarCheckAt: { type: Date, default: null },
    /** A check that finds nothing is made once more: Polar may not have known yet of a payment. */
    polarCheckTwice: { type: Boolean, default: false },
    /** Counted up by each transaction that must not run beside another one of this account. */
    locks: { type: Number, default: 0 },
  },
  { collection: 'users', timestamps: true, minimize: false },
)

schema.index({ clerkId: 1 }, { unique: true })
schema.index({ email: 1 })
schema.index({ email: 1, _id: 1 })
schema.index({ plan: 1 })
schema.index({ plan: 1, _id: -1 })
schema.index({ plan: 1, email: 1, _id: 1 })
schema.index({ createdAt: -1 })
schema.index({ deletedAt: 1, plan: 1 })
schema.index({ role: 1 }, { partialFilterExpression: { role: 'admin' } })
const deleted = { partialFilterExpression: { deletedAt: { $type: 'date' } } }
schema.index({ deletedAt: -1, _id: -1 }, deleted)
schema.index({ plan: 1, deletedAt: -1, _id: -1 }, deleted)
schema.index({ email: 1, _id: 1, deletedAt: 1 }, deleted)
const suspended = { partialFilterExpression: { 'suspension.at': { $type: 'date' } } }
schema.index({ 'suspension.at': -1, _id: -1 }, suspended)
schema.index({ plan: 1, 'suspension.at': -1, _id: -1 }, suspended)
schema.index({ email: 1, _id: 1, 'suspension.until': 1 }, suspended)
schema.index({ subscriptionStatus: 1, plan: 1 })
schema.index({ polarCustomerId: 1 })
schema.index({ 'polarSubscriptions.customerId': 1 })
schema.index({ 'polarStates.customerId': 1 })
schema.index({ polarCheckAt: 1 }, { partialFilterExpression: { polarCheckAt: { $type: 'date' } } })

export type UserDocument = InferSchemaType<typeof schema>

/** A person synced from Clerk; the tenant that owns everything else by `clerkId`. */
export const User = defineModel('User', schema, { owned: true })
