import type { PolarEvent } from './billing-history.ts'

/** What Polar told, a line an event in time order, for whoever reads a failure. */
export function timeline(events: readonly PolarEvent[]): string {
  return events
    .toSorted((a, b) => (a.timestamp < b.timestamp ? -1 : 1))
    .map(event => [event.id.slice(0, 8), event.timestamp.slice(11), event.type, ...details(event)].join(' '))
    .join('\n')
}

function details(event: PolarEvent): string[] {
  if (event.kind === 'other') return []
  if (event.kind === 'state') return event.data.active_subscriptions.map(({ id }) => id.slice(0, 8))
  const { id, status, ended_at: endedAt, customer } = event.data
  const named = customer.external_id ? 'by external id' : `by ${customer.email}`
  return [id.slice(0, 8), status, ...(endedAt ? ['ended'] : []), named]
}
