import { PolarEvent } from '../../models/polar-event.ts'
import { AppError, NotFound } from '../errors.ts'
import { applyStored } from './internal/apply-stored.ts'
import { type PolarEventView, toView } from './internal/event-view.ts'
import { findCustomer } from './internal/find-customer.ts'

/**
 * Applies a pending or failed event again, once, however many do so at once. What is wrong with one that fails
 * again is in its `error`.
 * @throws NotFound, AppError `conflict` for an event that is processed or ignored
 */
export async function replayPolarEvent(id: string): Promise<PolarEventView> {
  const event = await applyStored(id, ['pending', 'failed'])
  if (!event) throw await refusalOf(id)
  const view = toView(event)
  // The user may have been created meanwhile, neither seeing the other.
  const hasUser = view.status === 'pending' && (await findCustomer(view.customer))
  const settled = hasUser && (await applyStored(id, ['pending']))
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
