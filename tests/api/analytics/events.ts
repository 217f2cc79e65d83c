import { randomUUID } from 'node:crypto'
import { AnalyticsEvent } from '../../../models/analytics-event.ts'
import { type Answer, type CallOptions, call } from '../../helpers/call.ts'
import type { Tenant } from '../../helpers/tenant.ts'

type Owner = Pick<Tenant, 'clerkId'>
type Given = { event?: string; at: string | Date }

/** Stores events as they would have been reported then; null stands for visitors. */
export async function happened(owner: Owner | null, ...events: Given[]): Promise<void> {
  const clerkId = owner?.clerkId ?? null
  const documents = events.map(({ event = 'page_view', at }) => {
    const createdAt = new Date(at)
    return { clerkId, event, metadata: {}, createdAt, updatedAt: createdAt }
  })
  await AnalyticsEvent.collection.insertMany(documents as never)
}

/** The tenant's events, in the order they were reported. */
export function storedEvents({ clerkId }: Owner) {
  return AnalyticsEvent.find({ clerkId }).sort({ createdAt: -1 }).lean()
}

/** The tenant's series. */
export function series({ call }: Tenant, query: Record<string, string> = {}): Promise<Answer> {
  return call('GET', `/api/analytics?${new URLSearchParams(query)}`)
}

/** Reports as a visitor from an address that nobody else in the run has. */
export function freshVisitor() {
  const ip = `visitor-${randomUUID()}`
  return (json: unknown, { headers = {} }: CallOptions = {}) =>
    call('POST', '/api/analytics', { json, headers, ip })
}

/** Events that visitors reported under a name. */
export function visitorEvents(event: string): Promise<number> {
  return AnalyticsEvent.countDocuments({ clerkId: null, event })
}
