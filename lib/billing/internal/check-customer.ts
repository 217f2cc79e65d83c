import type { ClientSession } from 'mongoose'
import { User, type UserDocument } from '../../../models/user.ts'
import { inTransaction } from '../../db/transaction.ts'
import { settlePendingEvents } from '../settle-pending.ts'
import { applyChange, BILLED_FIELDS } from './apply-change.ts'
import type { BillingChange } from './change.ts'
import { NEXT_DAY_MS } from './check-at.ts'
import { findTellings } from './find-customer-state.ts'
import { bearing, LEDGER_FIELDS, readLedger, type StoredLedger } from './ledger.ts'
import { checkBy } from './schedule-check.ts'

/**
 * A user and the time of their check, as a query found it. `customerId` is a customer of Polar's that may be
 * this user, too; nothing is taken from one that is not.
 */
export type Candidate = { clerkId: string; polarCheckAt?: Date | null; customerId?: string }

/**
 * How long a check keeps others from the same user, and when it is done again if it fails. Longer than any
 * check takes and than the time that a new checkout sets, so that a checkout begun meanwhile is seen.
 */
const LEASE_MS = 120 * 60_000

/** How long a check may ask Polar, waits included: with what it writes it ends within a minute. */
const ASKING_MS = 40_000

const KNOWN = { clerkId: 1, ...LEDGER_FIELDS } as const
const NOTICED = { plan: 1, subscriptionStatus: 1, currentPeriodEnd: 1, cancelAtPeriodEnd: 1 } as const
const REWRITTEN = { ...BILLED_FIELDS, ...NOTICED, polarCheckTwice: 1 } as const

/**
 * Asks Polar how a customer stands and applies the answer. Null when another check has them in hand or they
 * were deleted.
 * @throws AppError `unavailable`; the check comes again later.
 */
export async function checkCustomer(candidate: Candidate): Promise<'right' | 'changed' | null> {
  const { clerkId, customerId } = candidate
  const until = performance.now() + ASKING_MS
  const lease = new Date(Date.now() + LEASE_MS)
  const user = await claim(candidate, lease)
  if (!user) return null
  const news = await findTellings(user, { customerId, until })
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

async function conclude(clerkId: string, news: BillingChange[], lease: Date, session: ClientSession) {
  const read = () => User.findOne({ clerkId, deletedAt: null }, REWRITTEN, { session }).lean()
  const plan = (fields: Partial<UserDocument>) =>
    User.updateOne({ clerkId }, { $set: fields }, { session, timestamps: false })
  const before = await read()
  if (!before) return null
  await plan({ polarCheckAt: null, polarCheckTwice: false })
  for (const change of news) {
    const user = await read()
    if (user) await applyChange(user, change, session)
  }
  const { polarCheckAt } = before
  const isOther = polarCheckAt && polarCheckAt.getTime() !== lease.getTime()
  if (isOther) await checkBy(clerkId, polarCheckAt, session)
  const after = await read()
  const foundNothing = after && !after.polarCheckAt
  if (foundNothing && (before.polarCheckTwice || hasAccess(before)))
    await plan({ polarCheckAt: new Date(Date.now() + NEXT_DAY_MS) })
  return after && noticedIn(after) === noticedIn(before) ? 'right' : 'changed'
}

function hasAccess(user: StoredLedger): boolean {
  return bearing(readLedger(user)).length > 0
}

/** What somebody sees of their subscription. */
function noticedIn(user: Pick<UserDocument, keyof typeof NOTICED>): string {
  const { plan, subscriptionStatus, currentPeriodEnd, cancelAtPeriodEnd } = user
  return JSON.stringify([plan, subscriptionStatus ?? null, currentPeriodEnd ?? null, cancelAtPeriodEnd])
}
