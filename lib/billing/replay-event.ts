import { PolarEvent } from '../../models/polar-event.ts'
import { AppError, NotFound } from '../errors.ts'
import { applyStored } from './internal/apply-stored.ts'
import { type PolarEventView, toView } from './internal/event-view.ts'
import { findCustomer } from './internal/find-customer.ts'
import { settlePendingEvents } from './settle-pending.ts'

/**
 * Applies a pending or failed event again, once, however many do so at once. What is wrong with one that fails
 * again is in its `error`.
 * @throws NotFound, AppError `conflict` for an event that is processed or ignored
 */
export async function replayPolarEvent(id: string): Promise<PolarEventView> {
  const event = await applyStored(id, ['pending', 'failed'])
  if (!event) throw await refusalOf(id)
  const view = toView(event)
  const clerkId = await findCustomer(view.customer)
  if (!clerkId) return view
  // The user may have been created meanwhile, neither seeing the other.
  const settled = view.status === 'pending' && (await applyStored(id, ['pending']))
  await settlePendingEvents(clerkId)
  return settled ? toView(settled) : view
}

async function refusalOf(id: string): Promise<AppError> {
  const stored = await PolarEvent.findById(id, { status: 1 }).lean()
  if (!stored) return new NotFound('billing event', id)
  return new AppError(
    'conflict',
    `This event is ${stored.status}; only a pending or failed one can be replayed.`,
  )
}
