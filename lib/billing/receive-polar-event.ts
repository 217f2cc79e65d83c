import type { ClientSession } from 'mongoose'
import { PolarEvent } from '../../models/polar-event.ts'
import { isDuplicateKey } from '../db/faults.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Delivery } from '../delivery.ts'
import { log } from '../log.ts'
import { openPolarDelivery, type PolarDelivery } from '../polar/webhook.ts'
import { isPurged } from '../users/purged.ts'
import { applyChange } from './internal/apply-change.ts'
import { type BillingEvent, type CustomerRef, readBillingEvent } from './internal/change.ts'
import type { EventStatus } from './internal/event-view.ts'
import { isOwnFault, messageOf } from './internal/faults.ts'
import { findCustomer } from './internal/find-customer.ts'
import { refOf } from './internal/named-customer.ts'
import { settlePendingEvents } from './settle-pending.ts'

export type Receipt = { duplicate: boolean; status?: EventStatus }

/**
 * Stores a signed Polar event once and applies it to its user in the same transaction. Whatever its content,
 * a genuine event is accepted: Polar switches an endpoint off after ten refusals.
 * @throws AppError `invalid_signature`
 */
export async function receivePolarEvent(delivery: Delivery): Promise<Receipt> {
  return receive(await openPolarDelivery(delivery), delivery.body)
}

async function receive(event: PolarDelivery, text: string): Promise<Receipt> {
  const reading = read(event)
  try {
    const { status, linked } = await storeAndApply(event, reading).catch(cause =>
      storeFailed(event, reading, cause, text),
    )
    if (status === 'failed')
      log().error({ eventId: event.eventId, type: event.type }, 'a billing event failed')
    if (linked) await settlePendingEvents(linked)
    if (status !== 'pending') return { duplicate: false, status }
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
    // The server that had it may have gone before any other had it, too.
    if (!(await isKept(event.eventId))) return receive(event, text)
    // The first delivery may have failed after it stored the event as pending.
    await settleIfUserCame(reading.event)
    return { duplicate: true }
  }
  if (!(await settleIfUserCame(reading.event))) return { duplicate: false, status: 'pending' }
  const stored = await PolarEvent.findOne({ eventId: event.eventId }, { status: 1 }).lean()
  return { duplicate: false, status: stored?.status ?? 'pending' }
}

/**
 * Whether a majority keeps an event that was refused as a duplicate. A write that changes nothing waits for all
 * that came before it, where a majority read would not see an event of this very moment.
 */
async function isKept(eventId: string): Promise<boolean> {
  const { matchedCount } = await PolarEvent.updateOne(
    { eventId },
    { $set: { eventId } },
    { timestamps: false },
  )
  return matchedCount > 0
}

/** `linked` is the user of whom the event told a customer id that was not known. */
type Stored = { status: EventStatus; linked: string | null }
type Reading = { event: BillingEvent | null; error: string | null }

function read({ type, payload }: PolarDelivery): Reading {
  try {
    return { event: readBillingEvent(type, payload), error: null }
  } catch (error) {
    return { event: null, error: messageOf(error) }
  }
}

function storeAndApply(delivery: PolarDelivery, { event, error }: Reading): Promise<Stored> {
  return inTransaction(async session => {
    const user = event && (await findCustomer(event.customer, session))
    if (!user && (await isOfPurged(delivery, session))) {
      await store(
        { ...delivery, payload: {} },
        { status: 'ignored', error: null, customer: undefined },
        session,
      )
      return { status: 'ignored', linked: null }
    }
    const status = error ? 'failed' : !event ? 'ignored' : user ? 'processed' : 'pending'
    await store(delivery, { status, error, customer: event?.customer }, session)
    if (!event || !user) return { status, linked: null }
    const { isLinked } = await applyChange(user, event.change, session)
    return { status, linked: isLinked ? user.clerkId : null }
  })
}

/** Of somebody whose account was purged nothing is kept but that there was an event. */
async function isOfPurged(delivery: PolarDelivery, session: ClientSession): Promise<boolean> {
  const { externalId } = refOf(delivery)
  return externalId !== null && (await isPurged(externalId, session))
}

/** Keeps an event that could not be applied, or not even stored, for an admin to look at and replay. */
async function storeFailed(
  delivery: PolarDelivery,
  { event, error }: Reading,
  cause: unknown,
  text: string,
): Promise<Stored> {
  if (!isOwnFault(cause)) throw cause
  const outcome = { status: 'failed', error: error ?? messageOf(cause), customer: event?.customer } as const
  await store(delivery, outcome).catch(refusal => {
    if (!isOwnFault(refusal)) throw refusal
    return store({ ...delivery, payload: text }, outcome)
  })
  return { status: 'failed', linked: null }
}

type Storable = Omit<PolarDelivery, 'payload'> & { payload: object | string }
type Outcome = { status: EventStatus; error: string | null; customer: CustomerRef | undefined }

async function store(delivery: Storable, outcome: Outcome, session?: ClientSession): Promise<void> {
  const processedAt = outcome.status === 'processed' ? new Date() : null
  // Most that is ignored is about somebody, whose export and purge then find it without reading all others.
  const customer = outcome.status === 'ignored' ? refOf(delivery) : outcome.customer
  const isNamed = customer !== undefined
  const stored = { ...delivery, ...outcome, customer, isNamed, processedAt }
  await PolarEvent.create([stored], session ? { session } : {})
}

/** The user may have been created while the event was stored as pending, neither seeing the other. */
async function settleIfUserCame(event: BillingEvent | null): Promise<boolean> {
  const user = event && (await findCustomer(event.customer))
  if (user) await settlePendingEvents(user.clerkId)
  return user !== null
}
