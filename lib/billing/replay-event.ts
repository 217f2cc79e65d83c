import { PolarEvent } from '../../models/polar-event.ts'
import { recordAction } from '../audit/record-action.ts'
import type { UserCaller } from '../auth/caller.ts'
import { afterCommit } from '../db/transaction.ts'
import { AppError, NotFound } from '../errors.ts'
import { log } from '../log.ts'
import { applyStored, type WhenApplied } from './internal/apply-stored.ts'
import { type PolarEventView, toView } from './internal/event-view.ts'
import { findCustomer } from './internal/find-customer.ts'
import { settlePendingEvents } from './settle-pending.ts'

/**
 * Applies a pending or failed event again, once, however many do so at once. What is wrong with one that fails
 * again is in its `error`.
 * @throws NotFound, AppError `conflict` for an event that is processed or ignored
 */
export async function replayPolarEvent(caller: UserCaller, id: string): Promise<PolarEventView> {
  const noteReplay = replayNoted(caller, id)
  const event = await applyStored(id, ['pending', 'failed'], noteReplay)
  if (!event) throw await refusalOf(id)
  let view = toView(event)
  await afterCommit(async () => {
    view = await settle(view, noteReplay)
  })
  return view
}

/** Applies what waits for the same user; what fails there is no failure of this event. */
async function settle(view: PolarEventView, noteReplay: WhenApplied): Promise<PolarEventView> {
  try {
    const user = await findCustomer(view.customer)
    if (!user) return view
    // The user may have been created meanwhile, neither seeing the other.
    const settled = view.status === 'pending' && (await applyStored(view.id, ['pending'], noteReplay))
    await settlePendingEvents(user.clerkId)
    return settled ? toView(settled) : view
  } catch (error) {
    log().error({ err: error, eventId: view.eventId }, 'what waited for a replayed event is not settled')
    return view
  }
}

function replayNoted(caller: UserCaller, id: string): WhenApplied {
  const target = { type: 'polar_event', id } as const
  return (from, { status: to }, session) =>
    recordAction(
      caller,
      { action: 'polar_event.replayed', target, changes: { status: { from, to } } },
      session,
    )
}

async function refusalOf(id: string): Promise<AppError> {
  const stored = await PolarEvent.findById(id, { status: 1 }).lean()
  if (!stored) return new NotFound('billing event', id)
  return new AppError(
    'conflict',
    `This event is ${stored.status}; only a pending or failed one can be replayed.`,
  )
}
