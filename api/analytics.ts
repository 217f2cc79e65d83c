import { eventSeriesContract, recordEventsContract } from '../lib/analytics/contracts.ts'
import { eventSeries } from '../lib/analytics/event-series.ts'
import { recordEvents } from '../lib/analytics/record-events.ts'
import { accepted, ok, otherMethods, route } from '../lib/route.ts'

export const POST = route(recordEventsContract, async ({ caller, body, headers }) => {
  const events = 'events' in body ? body.events : [body]
  return accepted(await recordEvents(caller, events, { userAgent: headers['user-agent'] }))
})
export const GET = route(eventSeriesContract, async ({ caller, query }) =>
  ok(await eventSeries(caller, query)),
)
export const { PUT, PATCH, DELETE, HEAD, OPTIONS } = otherMethods({ GET, POST })
