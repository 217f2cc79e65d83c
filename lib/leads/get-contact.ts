import { Contact } from '../../models/contact.ts'
import { NotFound } from '../errors.ts'
import type { ContactView } from './contracts.ts'
import { wholeContact } from './internal/contact-view.ts'

/** One contact with all its follow-ups and notes. @throws NotFound */
export async function getContact(id: string): Promise<ContactView> {
  const contact = await Contact.findById(id, { searchTerms: 0 }).lean()
  if (!contact) throw new NotFound('contact', id)
  return wholeContact(contact)
}
