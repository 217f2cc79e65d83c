import { AnalyticsEvent } from '../../models/analytics-event.ts'
import { EventFigures } from '../../models/event-figures.ts'
import type { Holding } from '../privacy/holding.ts'
import { plainHolding, removeRows } from '../privacy/rows.ts'

/** With the figures made of them, which tell nothing that the events do not. */
export const analyticsEvents: Holding = {
  ...plainHolding({
    name: 'analytics-events',
    about: 'The events that you or your servers reported.',
    model: AnalyticsEvent,
  }),
  collections: ['analyticevents', 'eventfigures'],
  async remove({ clerkId }, deadline) {
    const isClear = await removeRows(AnalyticsEvent, { clerkId }, deadline)
    const figures = { unit: { $in: ['hour', 'day'] as const }, clerkId }
    return isClear && (await removeRows(EventFigures, figures, deadline))
  },
}
