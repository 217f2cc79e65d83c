import { Contact, type ContactDocument } from '../../models/contact.ts'
import { afterCursor, type Page, type PageRequest, toPage } from '../db/page.ts'
import type { ContactView } from './contracts.ts'
import { toContactView } from './internal/contact-view.ts'
import { indexFor, type Narrowing, narrowed } from './internal/narrowing.ts'
import { authorsOf } from './internal/note-views.ts'
import { ROWS_AT_ONCE, type Row, rowsOf } from './internal/rows.ts'

type Wanted = Narrowing<ContactDocument['status']>

const NEWEST_ONLY = { searchTerms: 0, followUps: { $slice: -20 }, notes: { $slice: -20 } } as const

export const CONTACT_COLUMNS = [
  'id',
  'createdAt',
  'status',
  'name',
  'email',
  'phone',
  'company',
  'message',
  'source',
  'followUpCount',
  'updatedAt',
] as const

/**
 * Contacts of a status and a query, newest first, each with the newest of its follow-ups and notes.
 * @throws InvalidInput for a cursor not of this list
 */
export async function listContacts(wanted: PageRequest & Wanted): Promise<Page<ContactView>> {
  const { limit, cursor } = wanted
  const filter = { ...(await narrowed(Contact, wanted)), ...afterCursor(cursor) }
  const found = await Contact.find(filter, NEWEST_ONLY)
    .sort({ _id: -1 })
    .limit(limit + 1)
    .hint(indexFor(wanted))
    .lean()
  const authors = await authorsOf(found)
  return toPage(found, limit, contact => toContactView(contact, authors))
}

/** All of them as rows of a table, in the same order. */
export async function* allContacts(wanted: Wanted): AsyncGenerator<Row> {
  const found = Contact.find(await narrowed(Contact, wanted), CONTACT_COLUMNS.join(' '))
    .sort({ _id: -1 })
    .hint(indexFor(wanted))
    .lean()
    .cursor({ batchSize: ROWS_AT_ONCE })
  yield* rowsOf(found, CONTACT_COLUMNS)
}
