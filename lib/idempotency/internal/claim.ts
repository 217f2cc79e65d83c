import { type ClientSession, Types } from 'mongoose'
import { IdempotencyRecord, type IdempotencyRecordDocument } from '../../../models/idempotency-record.ts'
import { isDuplicateKey, isOutOfTime } from '../../db/faults.ts'
import { endTransactionOf } from '../../db/transaction.ts'
import { log } from '../../log.ts'
import { newSalt } from './secrets.ts'

/** How long a reply is remembered. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000
/** How long an attempt may be silent before a retry takes it over. */
export const LEASE_MS = 10_000
/** How long a takeover waits for locks that a dead attempt left, where it could not be ended. */
const LOCK_WAIT_MS = 2_000

export type Row = IdempotencyRecordDocument & { _id: Types.ObjectId }

export type Subject = {
  clerkId: string
  keyHash: string
  /** The session that the attempt will write in; null when it has none of its own. */
  sessionId: string | null
  /** The request's fingerprint under a salt. */
  fingerprint(salt: string): string
}

/** The row of a key, and whether it is the caller's to run: otherwise an attempt runs, or has ended. */
export type Claim = { row: Row; isMine: boolean }

/**
 * Claims a key for one attempt: by making its row, or by taking over one that is past its day, or one whose
 * attempt gave up or fell silent. Of a row of this day `check` is told first; what it throws leaves it as it is.
 */
export async function claim(subject: Subject, check: (row: Row) => void): Promise<Claim> {
  const { clerkId, keyHash } = subject
  const made = await insert(subject)
  if (made) return { row: made, isMine: true }
  const row = await IdempotencyRecord.findOne({ clerkId, keyHash }).lean<Row>()
  // Gone between the two: its day was over. Whoever comes next makes it anew.
  if (!row) return claim(subject, check)
  const now = new Date()
  const isPast = row.expiresAt <= now
  if (!isPast) check(row)
  if (!isPast && (row.reply || row.leaseUntil > now)) return { row, isMine: false }
  const taken = await takeOver(row, isPast ? beginning(subject) : turn(subject))
  return taken ? { row: taken, isMine: true } : { row: { ...row, reply: null }, isMine: false }
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

/** Null when the row is not what was read any more, or something holds it. */
async function takeOver(row: Row, fields: object): Promise<Row | null> {
  const { _id, clerkId, fence, leaseUntil, sessionId } = row
  if (sessionId) await endAttempt(sessionId)
  try {
    return await IdempotencyRecord.findOneAndUpdate(
      { _id, clerkId, fence, leaseUntil, reply: row.reply ?? null },
      { $set: fields },
      { returnDocument: 'after', maxTimeMS: LOCK_WAIT_MS },
    ).lean<Row>()
  } catch (error) {
    if (isOutOfTime(error)) return null
    throw error
  }
}

/** Not every server allows it (Atlas' smallest do not): then the dead attempt's locks last for a minute. */
async function endAttempt(sessionId: string): Promise<void> {
  await endTransactionOf(sessionId).catch(error =>
    log().warn({ err: error }, 'the transaction of a dead attempt could not be ended'),
  )
}

function beginning(subject: Subject) {
  const salt = newSalt()
  return {
    ...turn(subject),
    salt,
    fingerprint: subject.fingerprint(salt),
    contentHash: null,
    contentBytes: null,
    effectId: new Types.ObjectId(),
    reply: null,
    expiresAt: new Date(Date.now() + REMEMBERED_MS),
  }
}

function turn({ sessionId }: Pick<Subject, 'sessionId'>) {
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

export type Settlement = { contentHash: string | null; contentBytes: number | null; reply: string }

/** Keeps the reply; false when another attempt holds the row by now. */
export async function settle(row: Held, settlement: Settlement, session?: ClientSession): Promise<boolean> {
  const update = { $set: { ...settlement, sessionId: null } }
  const options = session ? { session } : {}
  return (await IdempotencyRecord.updateOne(held(row), update, options)).matchedCount > 0
}

/** Ends an attempt without a reply; a retry takes it over, keeping the id of what it may have made already. */
export async function giveUp(row: Held): Promise<void> {
  const over = { ...turn({ sessionId: null }), leaseUntil: new Date(0) }
  await IdempotencyRecord.updateOne(held(row), { $set: over })
}
