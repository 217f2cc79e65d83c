import type { Types } from 'mongoose'
import { PolarEvent } from '../../models/polar-event.ts'
import { User } from '../../models/user.ts'
import { inTransaction } from '../db/transaction.ts'
import { applyChange } from './internal/apply-change.ts'
import { readBillingEvent } from './internal/change.ts'
import { findCustomer } from './internal/find-customer.ts'

/** Applies the billing events that waited for this user; each once, however many callers do so at once. */
export async function settlePendingEvents(clerkId: string): Promise<void> {
  const user = await User.findOne({ clerkId }, { email: 1, polarCustomerId: 1 }).lean()
  if (!user) return
  const owners = [
    { 'customer.externalId': clerkId },
    { 'customer.email': user.email },
    ...(user.polarCustomerId ? [{ 'customer.id': user.polarCustomerId }] : []),
  ]
  const pending = await PolarEvent.find(
    { $or: owners.map(owner => ({ status: 'pending', ...owner })) },
    { _id: 1 },
  ).lean()
  for (const { _id } of pending) await settle(_id)
}

async function settle(eventId: Types.ObjectId): Promise<void> {
  await inTransaction(async session => {
    const stored = await PolarEvent.findOne({ _id: eventId, status: 'pending' }, null, { session }).lean()
    const event = stored && readBillingEvent(stored.type, stored.payload)
    const clerkId = event && (await findCustomer(event.customer, session))
    if (!event || !clerkId) return
    await PolarEvent.updateOne(
      { _id: eventId },
      { $set: { status: 'processed', processedAt: new Date() } },
      { session },
    )
    await applyChange(clerkId, event, session)
  })
}
