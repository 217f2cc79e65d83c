import { DemoRequest, type DemoRequestDocument } from '../../models/demo-request.ts'
import { afterCursor, type Page, type PageRequest, toPage } from '../db/page.ts'
import type { DemoRequestView } from './contracts.ts'
import { toDemoRequestView } from './internal/demo-request-view.ts'
import { indexFor, type Narrowing, narrowed } from './internal/narrowing.ts'
import { authorsOf } from './internal/note-views.ts'
import { ROWS_AT_ONCE, type Row, rowsOf } from './internal/rows.ts'

type Wanted = Narrowing<DemoRequestDocument['status']>

const NEWEST_ONLY = { searchTerms: 0, notes: { $slice: -20 } } as const

export const DEMO_REQUEST_COLUMNS = [
  'id',
  'createdAt',
  'status',
  'name',
  'email',
  'company',
  'phone',
  'jobTitle',
  'companySize',
  'industry',
  'businessNeeds',
  'useCase',
  'timeline',
  'message',
  'preferredDate',
  'type',
  'clerkId',
  'updatedAt',
] as const

/**
 * Demo requests of a status and a query, newest first, each with the newest of its notes.
 * @throws InvalidInput for a cursor not of this list
 */
export async function listDemoRequests(wanted: PageRequest & Wanted): Promise<Page<DemoRequestView>> {
  const { limit, cursor } = wanted
  const filter = { ...(await narrowed(DemoRequest, wanted)), ...afterCursor(cursor) }
  const found = await DemoRequest.find(filter, NEWEST_ONLY)
    .sort({ _id: -1 })
    .limit(limit + 1)
    .hint(indexFor(wanted))
    .lean()
  const authors = await authorsOf(found)
  return toPage(found, limit, request => toDemoRequestView(request, authors))
}

/** All of them as rows of a table, in the same order. */
export async function* allDemoRequests(wanted: Wanted): AsyncGenerator<Row> {
  const found = DemoRequest.find(await narrowed(DemoRequest, wanted), DEMO_REQUEST_COLUMNS.join(' '))
    .sort({ _id: -1 })
    .hint(indexFor(wanted))
    .lean()
    .cursor({ batchSize: ROWS_AT_ONCE })
  yield* rowsOf(found, DEMO_REQUEST_COLUMNS)
}
