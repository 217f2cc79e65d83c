import { z } from 'zod'
import { metadata } from './metadata.ts'

/** Most events of one report. */
const MAX_EVENTS = 100

export const eventName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .meta({ override: { pattern: '\\S' } })
const event = z.strictObject({ event: eventName, metadata: metadata.optional() })
const batch = z.strictObject({ events: z.array(event).min(1).max(MAX_EVENTS) })

export type ReportedEvent = z.output<typeof event>

/** One event or several. Told apart before they are parsed, so that each fault named is of the form meant. */
export const report = z.preprocess(
  (given, context) => {
    const { error } = hasEvents(given) ? batch.safeParse(cutShort(given)) : event.safeParse(given)
    for (const { path, message } of error?.issues.flatMap(byField) ?? [])
      context.addIssue({ code: 'custom', path, message })
    return given
  },
  z.union([event, batch]),
)

/** Zod goes on to the union past a fault that is about unknown fields, unless it comes as one of our own. */
function byField(issue: z.core.$ZodIssue): { path: PropertyKey[]; message: string }[] {
  if (issue.code !== 'unrecognized_keys') return [issue]
  const { path, keys } = issue
  return keys.slice(0, MAX_EVENTS).map(key => ({ path: [...path, key], message: 'Unknown field' }))
}

function hasEvents(given: unknown): given is { events: unknown } {
  return typeof given === 'object' && given !== null && 'events' in given
}

/** A fault each of half a million wrong events, as a body has room for, would take long to tell. */
function cutShort({ events, ...others }: { events: unknown }): unknown {
  return { ...others, events: Array.isArray(events) ? events.slice(0, MAX_EVENTS + 1) : events }
}
