import { PolarEvent } from '../../models/polar-event.ts'
import { User } from '../../models/user.ts'
import { applyStored } from './internal/apply-stored.ts'
import { customerIdsOf, LEDGER_FIELDS } from './internal/ledger.ts'

const FIELDS = { email: 1, ...LEDGER_FIELDS } as const

/** Applies the billing events that waited for this user; each once, however many callers do so at once. */
export async function settlePendingEvents(clerkId: string): Promise<void> {
  // One that is applied may tell the user's customer id, by which others are found.
  while (await settleFound(clerkId));
}

/** Whether any was applied. */
async function settleFound(clerkId: string): Promise<boolean> {
  const user = await User.findOne({ clerkId }, FIELDS).lean()
  if (!user) return false
  const owners = [
    { 'customer.externalId': clerkId },
    { 'customer.email': user.email },
    ...customerIdsOf(user).map(id => ({ 'customer.id': id })),
  ]
  const pending = await PolarEvent.find(
    { $or: owners.map(owner => ({ status: 'pending', ...owner })) },
    { _id: 1 },
  ).lean()
  let anyApplied = false
  for (const { _id } of pending) {
    const settled = await applyStored(_id, ['pending'])
    anyApplied ||= settled?.status === 'processed'
  }
  return anyApplied
}
