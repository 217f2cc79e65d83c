import { PolarEvent } from '../../models/polar-event.ts'
import { isDuplicateKey } from '../db/faults.ts'
import { inTransaction } from '../db/transaction.ts'
import type { Delivery } from '../delivery.ts'
import { openPolarDelivery, type PolarDelivery } from '../polar/webhook.ts'
import { applyChange } from './internal/apply-change.ts'
import { type BillingEvent, readBillingEvent } from './internal/change.ts'
import { findCustomer } from './internal/find-customer.ts'
import { settlePendingEvents } from './settle-pending.ts'

export type EventStatus = 'processed' | 'ignored' | 'pending' | 'failed'
export type Receipt = { duplicate: boolean; status?: EventStatus }

/**
 * Stores a signed Polar event once and applies it to its user in the same transaction. Whatever its content,
 * a genuine event is accepted: Polar switches an endpoint off after ten refusals.
 * @throws AppError `invalid_signature`
 */
export async function receivePolarEvent(delivery: Delivery): Promise<Receipt> {
  const event = await openPolarDelivery(delivery)
  const reading = read(event)
  try {
    const status = await storeAndApply(event, reading)
    if (status !== 'pending') return { duplicate: false, status }
  } catch (error) {
    if (!isDuplicateKey(error)) throw error
    // The first delivery may have failed after it stored the event as pending.
    await settleIfUserCame(reading.event)
    return { duplicate: true }
  }
  return { duplicate: false, status: (await settleIfUserCame(reading.event)) ? 'processed' : 'pending' }
}

type Reading = { event: BillingEvent | null; error: string | null }

function read({ type, payload }: PolarDelivery): Reading {
  try {
    return { event: readBillingEvent(type, payload), error: null }
  } catch (error) {
    return { event: null, error: error instanceof Error ? error.message : String(error) }
  }
}

function storeAndApply(
  { eventId, type, payload }: PolarDelivery,
  { event, error }: Reading,
): Promise<EventStatus> {
  return inTransaction(async session => {
    const clerkId = event && (await findCustomer(event.customer, session))
    const status = error ? 'failed' : !event ? 'ignored' : clerkId ? 'processed' : 'pending'
    const processedAt = status === 'processed' ? new Date() : null
    await PolarEvent.create(
      [{ eventId, type, payload, status, processedAt, error, customer: event?.customer }],
      { session },
    )
    if (event && clerkId) await applyChange(clerkId, event, session)
    return status
  })
}

/** The user may have been created while the event was stored as pending, neither seeing the other. */
async function settleIfUserCame(event: BillingEvent | null): Promise<boolean> {
  const clerkId = event && (await findCustomer(event.customer))
  if (!clerkId) return false
  await settlePendingEvents(clerkId)
  return true
}
