import { type ClientSession, Types } from 'mongoose'
import { IdempotencyRecord, type IdempotencyRecordDocument } from '../../../models/idempotency-record.ts'
import { isDuplicateKey } from '../../db/faults.ts'
import { endTransactionOf } from '../../db/transaction.ts'
import { newSalt } from './secrets.ts'

/** How long a reply is remembered. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000
/** How long an attempt may be silent before a retry takes it over. */
export const LEASE_MS = 10_000
const CLAIM_ATTEMPTS = 5

export type Row = IdempotencyRecordDocument & { _id: Types.ObjectId }

export type Subject = {
  clerkId: string
  keyHash: string
  /** The session that the attempt will write in; null when it has none of its own. */
  sessionId: string | null
  /** The request's fingerprint under a salt; null while its bytes are still to be read. */
  fingerprint(salt: string): string | null
}

/** The row of a key, and whether it is the caller's to run: otherwise an attempt runs, or has ended. */
export type Claim = { row: Row; isMine: boolean }

/**
 * Claims a key for one attempt: by making its row, or by taking over one that is past its day, or one whose
 * attempt gave up or fell silent. Of the latter `check` is told first; what it throws leaves the row as it is.
 */
export async function claim(subject: Subject, check: (row: Row) => void): Promise<Claim> {
  const { clerkId, keyHash } = subject
  for (let attempt = 0; attempt < CLAIM_ATTEMPTS; attempt++) {
    const made = await insert(subject)
    if (made) return { row: made, isMine: true }
    const row = await IdempotencyRecord.findOne({ clerkId, keyHash }).lean<Row>()
    if (!row) continue
    const now = new Date()
    const isPast = row.expiresAt <= now
    if (!isPast && (row.reply || row.leaseUntil > now)) return { row, isMine: false }
    if (!isPast) check(row)
    if (row.sessionId) await endTransactionOf(row.sessionId)
    const taken = await takeOver(row, isPast ? beginning(subject) : turn(subject))
    if (taken) return { row: taken, isMine: true }
  }
  throw new Error('an idempotency key changed hands too often')
}

async function insert(subject: Subject): Promise<Row | null> {
  const { clerkId, keyHash } = subject
  try {
    const made = await IdempotencyRecord.create({ clerkId, keyHash, ...beginning(subject) })
    return made.toObject()
  } catch (error) {
    if (isDuplicateKey(error)) return null
    throw error
  }
}

function takeOver({ _id, clerkId, fence }: Row, fields: object): Promise<Row | null> {
  return IdempotencyRecord.findOneAndUpdate(
    { _id, clerkId, fence },
    { $set: fields },
    { returnDocument: 'after' },
  ).lean<Row>()
}

function beginning(subject: Subject) {
  const salt = newSalt()
  return {
    ...turn(subject),
    salt,
    fingerprint: subject.fingerprint(salt),
    effectId: new Types.ObjectId(),
    reply: null,
    expiresAt: new Date(Date.now() + REMEMBERED_MS),
  }
}

function turn({ sessionId }: Subject) {
  return { fence: new Types.ObjectId(), sessionId, leaseUntil: new Date(Date.now() + LEASE_MS) }
}

type Held = Pick<Row, '_id' | 'clerkId' | 'fence'>

/** Filter for a row that is still the holder's and has no reply. */
function held({ _id, clerkId, fence }: Held) {
  return { _id, clerkId, fence, reply: null }
}

/** Notes that the attempt is alive. */
export async function renew(row: Held): Promise<void> {
  await IdempotencyRecord.updateOne(held(row), { $set: { leaseUntil: new Date(Date.now() + LEASE_MS) } })
}

export type Settlement = { fingerprint: string; reply: string }

/** Keeps the reply; false when another attempt holds the row by now. */
export async function settle(row: Held, settlement: Settlement, session?: ClientSession): Promise<boolean> {
  const options = session ? { session } : {}
  return (
    (await IdempotencyRecord.updateOne(held(row), { $set: { ...settlement, sessionId: null } }, options))
      .matchedCount > 0
  )
}

/** Ends an attempt without a reply; a retry takes it over, keeping the id of what it may have made already. */
export async function giveUp(row: Held): Promise<void> {
  await IdempotencyRecord.updateOne(held(row), { $set: { leaseUntil: new Date(0), sessionId: null } })
}
