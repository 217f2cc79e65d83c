import { z } from 'zod'
import { contract } from '../http/contract.ts'
import { instant, timestamp } from '../http/schemas.ts'
import { eventName, report } from './report.ts'

/** Most points of one series. */
export const MAX_POINTS = 10_000

export const recordEventsContract = contract({
  id: 'recordEvents',
  method: 'POST',
  path: '/api/analytics',
  tag: 'Analytics',
  summary: 'Report one event, or up to a hundred',
  description:
    'Events of a signed-in person or of a key count for their tenant. Visitors may report 30 times a minute; what a crawler reports is not counted.',
  callers: ['user', 'key', 'visitor'],
  body: report,
  responses: { 202: z.object({ accepted: z.number().int() }) },
  atomic: true,
  visitorsPerMinute: 30,
})

export const eventSeriesContract = contract({
  id: 'getEventSeries',
  method: 'GET',
  path: '/api/analytics',
  tag: 'Analytics',
  summary: 'How often your events happened',
  description: `From \`from\` until just before \`to\`, in steps that begin on the hour, day or month (UTC), each with its count, 0 included; at most ${MAX_POINTS.toLocaleString('en')} steps. \`topEvents\` are the ten most frequent of the range.`,
  callers: ['user', 'key'],
  query: z.object({
    event: eventName.optional(),
    from: instant.optional(),
    to: instant.optional(),
    interval: z.enum(['hour', 'day', 'month']).default('day'),
  }),
  responses: {
    200: z.object({
      data: z.array(z.object({ time: timestamp, count: z.number().int() })),
      total: z.number().int(),
      topEvents: z.array(z.object({ event: z.string(), count: z.number().int() })),
    }),
  },
})
