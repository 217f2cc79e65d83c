import { AnalyticsEvent } from '../../models/analytics-event.ts'
import { plainHolding } from '../privacy/rows.ts'

export const analyticsEvents = plainHolding({
  name: 'analytics-events',
  about: 'The events that you or your servers reported.',
  model: AnalyticsEvent,
})
