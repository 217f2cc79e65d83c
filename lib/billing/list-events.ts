import { PolarEvent } from '../../models/polar-event.ts'
import { afterCursor, type Page, type PageRequest, toPage } from '../db/page.ts'
import { type EventStatus, type PolarEventView, toView } from './internal/event-view.ts'

/** What billing sent, newest first, without payloads. @throws InvalidInput for a cursor not of this list. */
export async function listPolarEvents({
  limit,
  cursor,
  status,
}: PageRequest & { status?: EventStatus | undefined }): Promise<Page<PolarEventView>> {
  const filter = { ...(status && { status }), ...afterCursor(cursor) }
  const found = await PolarEvent.find(filter, { payload: 0 })
    .sort({ _id: -1 })
    .hint(status ? { status: 1, _id: -1 } : { _id: 1 })
    .limit(limit + 1)
    .lean()
  return toPage(found, limit, toView)
}
