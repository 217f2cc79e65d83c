import type { ClientSession } from 'mongoose'
import { User, type UserDocument } from '../../../models/user.ts'
import { inTransaction } from '../../db/transaction.ts'
import { settlePendingEvents } from '../settle-pending.ts'
import { applyChange } from './apply-change.ts'
import type { BillingEvent } from './change.ts'
import { findTellings } from './find-customer-state.ts'
import { checkBy } from './schedule-check.ts'

/** A user and the time of their check, as a query found it. */
export type Candidate = { clerkId: string; polarCheckAt?: Date | null }

/**
 * How long a check keeps others from the same user, and when it is done again if it fails. Longer than any
 * check takes and than the time that a new checkout sets, so that a checkout begun meanwhile is seen.
 */
const LEASE_MS = 120 * 60_000

const KNOWN = { clerkId: 1, polarCustomerId: 1, polarSubscriptions: 1, polarState: 1 } as const
const NOTICED = { plan: 1, subscriptionStatus: 1, currentPeriodEnd: 1, cancelAtPeriodEnd: 1 } as const

/**
 * Asks Polar how a customer stands and applies the answer. Null when another check has them in hand or they
 * were deleted.
 * @throws AppError `unavailable`; the check comes again later.
 */
export async function checkCustomer(candidate: Candidate): Promise<'right' | 'changed' | null> {
  const { clerkId } = candidate
  const lease = new Date(Date.now() + LEASE_MS)
  const user = await claim(candidate, lease)
  if (!user) return null
  const news = await findTellings(user)
  const outcome = await inTransaction(session => conclude(clerkId, news, lease, session))
  await settlePendingEvents(clerkId)
  return outcome
}

function claim({ clerkId, polarCheckAt }: Candidate, lease: Date) {
  return User.findOneAndUpdate(
    { clerkId, polarCheckAt: polarCheckAt ?? null, deletedAt: null },
    { $set: { polarCheckAt: lease } },
    { projection: KNOWN, timestamps: false },
  ).lean()
}

async function conclude(clerkId: string, news: BillingEvent[], lease: Date, session: ClientSession) {
  const read = () =>
    User.findOne({ clerkId, deletedAt: null }, { ...NOTICED, polarCheckAt: 1 }, { session }).lean()
  const before = await read()
  if (!before) return null
  await User.updateOne({ clerkId }, { $set: { polarCheckAt: null } }, { session, timestamps: false })
  for (const event of news) await applyChange(clerkId, event, session)
  const { polarCheckAt } = before
  const isOther = polarCheckAt && polarCheckAt.getTime() !== lease.getTime()
  if (isOther) await checkBy(clerkId, polarCheckAt, session)
  const after = await read()
  return after && noticedIn(after) === noticedIn(before) ? 'right' : 'changed'
}

/** What somebody sees of their subscription. */
function noticedIn(user: Pick<UserDocument, keyof typeof NOTICED>): string {
  const { plan, subscriptionStatus, currentPeriodEnd, cancelAtPeriodEnd } = user
  return JSON.stringify([plan, subscriptionStatus ?? null, currentPeriodEnd ?? null, cancelAtPeriodEnd])
}
