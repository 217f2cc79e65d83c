import type { Types } from 'mongoose'
import type { ContactDocument, FollowUp } from '../../../models/contact.ts'
import type { ContactView } from '../contracts.ts'
import { type Addresses, authorsOf, toNoteViews } from './note-views.ts'

/** Documents written before this API lack what it added. */
type Later = 'followUps' | 'followUpCount' | 'notes' | 'searchTerms'
export type StoredContact = Omit<ContactDocument, Later> &
  Partial<Pick<ContactDocument, Later>> & { _id: Types.ObjectId }

/** One contact with the addresses of those who wrote its notes. */
export async function wholeContact(contact: StoredContact): Promise<ContactView> {
  return toContactView(contact, await authorsOf([contact]))
}

export function toContactView(contact: StoredContact, authors: Addresses): ContactView {
  const { name, email, message, source, status, type, createdAt, updatedAt } = contact
  return {
    id: contact._id.toHexString(),
    name,
    email,
    phone: contact.phone ?? null,
    company: contact.company ?? null,
    message,
    source,
    status,
    type,
    clerkId: contact.clerkId ?? null,
    followUpCount: contact.followUpCount ?? 0,
    followUps: (contact.followUps ?? []).map(toFollowUpView),
    notes: toNoteViews(contact, authors),
    createdAt,
    updatedAt,
  }
}

function toFollowUpView({ name, phone, company, message, source, clerkId, createdAt }: FollowUp) {
  return {
    name,
    phone: phone ?? null,
    company: company ?? null,
    message,
    source,
    clerkId: clerkId ?? null,
    createdAt,
  }
}
