import { AnalyticsEvent } from '../../models/analytics-event.ts'
import { EventFigures } from '../../models/event-figures.ts'
import { summedHolding } from '../figures/holding.ts'

export const analyticsEvents = summedHolding({
  name: 'analytics-events',
  about: 'The events that you or your servers reported.',
  model: AnalyticsEvent,
  figures: EventFigures,
})
