import { PolarEvent } from '../../models/polar-event.ts'
import { hasTime } from '../deadline.ts'
import type { Holding } from '../privacy/holding.ts'
import { ownedEvents } from './internal/owned-events.ts'

export const billingEvents: Holding = {
  name: 'billing-events',
  about: 'What our payment provider, Polar, told us about your subscriptions.',
  collections: ['polarevents'],
  async *rows({ clerkId }) {
    for await (const { _id, eventId, type, status, payload, processedAt, createdAt } of ownedEvents(clerkId))
      yield { id: _id, eventId, type, status, payload, processedAt, createdAt }
  },
  async remove({ clerkId }, deadline) {
    for await (const { _id } of ownedEvents(clerkId)) {
      if (!hasTime(deadline)) return false
      await PolarEvent.deleteOne({ _id })
    }
    return hasTime(deadline)
  },
}
