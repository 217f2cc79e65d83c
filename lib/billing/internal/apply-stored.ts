import { type ClientSession, mongo, type Types } from 'mongoose'
import { PolarEvent } from '../../../models/polar-event.ts'
import { inTransaction } from '../../db/transaction.ts'
import { applyChange } from './apply-change.ts'
import { readBillingEvent } from './change.ts'
import type { EventStatus, StoredEvent } from './event-view.ts'
import { isOwnFault, messageOf } from './faults.ts'
import { findCustomer } from './find-customer.ts'

type Waiting = Extract<EventStatus, 'pending' | 'failed'>

/**
 * Applies a stored event that has one of these statuses, once, however many callers do so at once; one that
 * cannot be applied is kept as failed. Gives the event as it stands then; null when there is none.
 */
export async function applyStored(
  _id: string | Types.ObjectId,
  from: Waiting[],
): Promise<StoredEvent | null> {
  let used: ClientSession | undefined
  try {
    return await inTransaction(session => {
      used = session
      return apply({ _id, status: { $in: from } }, session)
    })
  } catch (error) {
    // A joined transaction that the server refused a write of is lost: its owner has to end it.
    const isLost = error instanceof mongo.MongoServerError && used?.inTransaction()
    if (isLost || !isOwnFault(error)) throw error
    const failed = { status: 'failed', error: messageOf(error) } as const
    return inTransaction(session => update({ _id, status: { $in: from } }, failed, session))
  }
}

type Filter = { _id: string | Types.ObjectId; status: { $in: Waiting[] } }
type Fields = Partial<Pick<StoredEvent, 'status' | 'error' | 'processedAt' | 'customer'>>

async function apply(filter: Filter, session: ClientSession): Promise<StoredEvent | null> {
  const stored = await PolarEvent.findOne(filter, null, { session }).lean()
  if (!stored) return null
  const event = readBillingEvent(stored.type, payloadOf(stored.payload))
  if (!event) return update(filter, { status: 'ignored', error: null }, session)
  const { customer } = event
  const clerkId = await findCustomer(customer, session)
  if (!clerkId && stored.status === 'pending') return stored
  if (!clerkId) return update(filter, { status: 'pending', error: null, customer }, session)
  await applyChange(clerkId, event.change, session)
  return update(filter, { status: 'processed', processedAt: new Date(), error: null, customer }, session)
}

function update(filter: Filter, fields: Fields, session: ClientSession): Promise<StoredEvent | null> {
  const options = { session, returnDocument: 'after', projection: { payload: 0 } } as const
  return PolarEvent.findOneAndUpdate(filter, { $set: fields }, options).lean()
}

function payloadOf(stored: unknown): unknown {
  return typeof stored === 'string' ? JSON.parse(stored) : stored
}
