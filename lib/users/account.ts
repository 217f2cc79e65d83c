import type { ClientSession, Types } from 'mongoose'
import { User, type UserDocument } from '../../models/user.ts'
import { AppError } from '../errors.ts'
import type { Limits, Plan } from '../limits/plans.ts'

/** A user as the rest of the code sees it. */
export type Account = {
  id: string
  clerkId: string
  email: string
  firstName: string | null
  lastName: string | null
  imageUrl: string | null
  role: 'user' | 'admin'
  plan: Plan
  subscription: { status: SubscriptionStatus; currentPeriodEnd: Date | null; cancelAtPeriodEnd: boolean }
  /** This account's own overrides of its plan's limits. */
  limits: Partial<Limits>
  createdAt: Date
  deletedAt: Date | null
  suspension: Suspension | null
}

/** Why and how long an admin keeps an account from being used; `until` null is until further notice. */
export type Suspension = { at: Date; until: Date | null; reason: string }

export type SubscriptionStatus = 'active' | 'canceled' | 'past_due' | 'trialing' | null

/** What `toAccount` needs of a stored user. */
export const ACCOUNT_FIELDS = {
  clerkId: 1,
  email: 1,
  firstName: 1,
  lastName: 1,
  imageUrl: 1,
  role: 1,
  plan: 1,
  subscriptionStatus: 1,
  currentPeriodEnd: 1,
  cancelAtPeriodEnd: 1,
  limits: 1,
  createdAt: 1,
  deletedAt: 1,
  suspension: 1,
} as const

/** The account of a Clerk id, deleted ones included; null when there is none. */
export async function findAccount(clerkId: string): Promise<Account | null> {
  const found = await User.findOne({ clerkId }, ACCOUNT_FIELDS).lean()
  return found && toAccount(found)
}

/**
 * The account as a transaction finds it. It is written to, so that two transactions that lock it, or one and
 * its deletion, collide and each sees what the other did. Null when there is none.
 */
export async function lockAccount(clerkId: string, session: ClientSession): Promise<Account | null> {
  const found = await User.findOneAndUpdate(
    { clerkId },
    { $inc: { locks: 1 } },
    { session, projection: ACCOUNT_FIELDS, returnDocument: 'after', timestamps: false },
  ).lean()
  return found && toAccount(found)
}

/**
 * Refuses an account that may not be used now. The reason of a suspension is for admins and is not told.
 * @throws AppError `account_inactive` for a deleted or suspended account.
 */
export function requireActive({ deletedAt, suspension }: Account): void {
  if (deletedAt) throw new AppError('account_inactive', 'This account was deleted.')
  if (!suspension || isOver(suspension, new Date())) return
  const end = suspension.until ? ` until ${suspension.until.toISOString()}` : ''
  throw new AppError('account_inactive', `This account is suspended${end}.`)
}

/** Whether a suspension's time is over: it stays stored until an admin lifts it. */
export function isOver({ until }: Suspension, now: Date): boolean {
  return until !== null && until <= now
}

export type StoredAccount = Pick<UserDocument, keyof typeof ACCOUNT_FIELDS> & { _id: Types.ObjectId }

export function toAccount(user: StoredAccount): Account {
  return {
    id: user._id.toHexString(),
    clerkId: user.clerkId,
    email: user.email,
    firstName: user.firstName ?? null,
    lastName: user.lastName ?? null,
    imageUrl: user.imageUrl ?? null,
    role: user.role ?? 'user',
    plan: user.plan,
    subscription: {
      status: user.subscriptionStatus ?? null,
      currentPeriodEnd: user.currentPeriodEnd ?? null,
      cancelAtPeriodEnd: user.cancelAtPeriodEnd ?? false,
    },
    limits: (user.limits ?? {}) as Partial<Limits>,
    createdAt: user.createdAt,
    deletedAt: user.deletedAt ?? null,
    suspension: user.suspension ? { ...user.suspension, until: user.suspension.until ?? null } : null,
  }
}
