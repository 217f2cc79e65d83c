import type { ClientSession } from 'mongoose'
import { Contact, type ContactDocument } from '../../models/contact.ts'
import { recordAction } from '../audit/record-action.ts'
import type { UserCaller } from '../auth/caller.ts'
import { inTransaction } from '../db/transaction.ts'
import { NotFound } from '../errors.ts'
import type { ContactView } from './contracts.ts'
import { type StoredContact, wholeContact } from './internal/contact-view.ts'
import { type Move, planMove } from './internal/move.ts'

type ContactMove = Move<ContactDocument['status']>

/**
 * Moves a contact on, adds a note, or both, and writes it to the audit log. Nothing is written when the
 * contact has that status already and there is no note.
 * @throws NotFound, AppError `conflict` when there is no room for a note
 */
export async function updateContact(admin: UserCaller, id: string, move: ContactMove): Promise<ContactView> {
  return wholeContact(await inTransaction(session => moveContact(admin, id, move, session)))
}

/** Of two at once the server lets one write; the other begins again and finds what the first one did. */
async function moveContact(
  admin: UserCaller,
  id: string,
  move: ContactMove,
  session: ClientSession,
): Promise<StoredContact> {
  const contact = await Contact.findById(id, { searchTerms: 0 }, { session }).lean()
  if (!contact) throw new NotFound('contact', id)
  const plan = planMove(contact, move, admin)
  if (!plan) return contact
  const { changes, update } = plan
  const target = { type: 'contact' as const, id }
  await recordAction(admin, { action: 'contact.updated', target, changes, note: move.note }, session)
  const after = { session, returnDocument: 'after', projection: { searchTerms: 0 } } as const
  return Contact.findByIdAndUpdate(id, update, after).orFail().lean()
}
