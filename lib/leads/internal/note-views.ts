import type { Note } from '../../../models/note.ts'
import { User } from '../../../models/user.ts'
import { ACROSS_TENANTS } from '../../db/tenant-guard.ts'

/** E-mail addresses of admins by user id. */
export type Addresses = ReadonlyMap<string, string>

/** Documents written before there were notes have none. */
type WithNotes = { notes?: readonly Note[] | undefined }

/** The addresses of all who wrote notes on these leads, as far as their accounts are there. */
export async function authorsOf(leads: readonly WithNotes[]): Promise<Addresses> {
  const ids = leads.flatMap(({ notes = [] }) => notes.map(({ authorId }) => authorId.toHexString()))
  if (ids.length === 0) return new Map()
  const found = await User.find({ _id: { $in: [...new Set(ids)] } }, { email: 1 }, ACROSS_TENANTS).lean()
  return new Map(found.map(({ _id, email }) => [_id.toHexString(), email]))
}

export function toNoteViews({ notes = [] }: WithNotes, authors: Addresses) {
  return notes.map(({ text, authorId, createdAt }) => {
    const id = authorId.toHexString()
    return { text, author: { id, email: authors.get(id) ?? null }, createdAt }
  })
}
