import { type ClientSession, mongo, type Types } from 'mongoose'
import { PolarEvent, type PolarEventDocument } from '../../../models/polar-event.ts'
import { inTransaction } from '../../db/transaction.ts'
import { applyChange } from './apply-change.ts'
import { readBillingEvent } from './change.ts'
import type { EventStatus, StoredEvent } from './event-view.ts'
import { isOwnFault, messageOf } from './faults.ts'
import { findCustomer } from './find-customer.ts'

export type Waiting = Extract<EventStatus, 'pending' | 'failed'>

/** What else happens in the transaction that applies an event, told its status before and how it stands then. */
export type WhenApplied = (from: Waiting, event: StoredEvent, session: ClientSession) => Promise<void>

/**
 * Applies a stored event that has one of these statuses, once, however many callers do so at once; one that
 * cannot be applied is kept as failed. Gives the event as it stands then; null when there is none.
 */
export async function applyStored(
  _id: string | Types.ObjectId,
  from: Waiting[],
  whenApplied: WhenApplied = async () => {},
): Promise<StoredEvent | null> {
  const filter = { _id, status: { $in: from } }
  let used: ClientSession | undefined
  try {
    return await inTransaction(session => {
      used = session
      return apply(filter, whenApplied, session)
    })
  } catch (error) {
    // A joined transaction that the server refused a write of is lost: its owner has to end it.
    const isLost = error instanceof mongo.MongoServerError && used?.inTransaction()
    if (isLost || !isOwnFault(error)) throw error
    return inTransaction(session => keepFailed(filter, messageOf(error), whenApplied, session))
  }
}

type Filter = { _id: string | Types.ObjectId; status: { $in: Waiting[] } }
type Fields = Partial<Pick<StoredEvent, 'status' | 'error' | 'processedAt' | 'customer'>>

async function apply(
  filter: Filter,
  whenApplied: WhenApplied,
  session: ClientSession,
): Promise<StoredEvent | null> {
  const stored = await PolarEvent.findOne(filter, null, { session }).lean()
  if (!stored) return null
  const applied = await applyTo(stored, filter, session)
  if (applied) await whenApplied(stored.status as Waiting, applied, session)
  return applied
}

async function keepFailed(
  filter: Filter,
  error: string,
  whenApplied: WhenApplied,
  session: ClientSession,
): Promise<StoredEvent | null> {
  const stored = await PolarEvent.findOne(filter, { status: 1 }, { session }).lean()
  const failed = await update(filter, { status: 'failed', error }, session)
  if (stored && failed) await whenApplied(stored.status as Waiting, failed, session)
  return failed
}

async function applyTo(
  stored: PolarEventDocument & { _id: Types.ObjectId },
  filter: Filter,
  session: ClientSession,
): Promise<StoredEvent | null> {
  const event = readBillingEvent(stored.type, payloadOf(stored.payload))
  if (!event) return update(filter, { status: 'ignored', error: null }, session)
  const { customer } = event
  const user = await findCustomer(customer, session)
  if (!user && stored.status === 'pending') return stored
  if (!user) return update(filter, { status: 'pending', error: null, customer }, session)
  await applyChange(user, event.change, session)
  return update(filter, { status: 'processed', processedAt: new Date(), error: null, customer }, session)
}

function update(filter: Filter, fields: Fields, session: ClientSession): Promise<StoredEvent | null> {
  const options = { session, returnDocument: 'after', projection: { payload: 0 } } as const
  return PolarEvent.findOneAndUpdate(filter, { $set: fields }, options).lean()
}

function payloadOf(stored: unknown): unknown {
  return typeof stored === 'string' ? JSON.parse(stored) : stored
}
