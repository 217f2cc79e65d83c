import { randomUUID } from 'node:crypto'
import type { ContactForm } from '../../../lib/leads/add-contact.ts'
import { CONTACT_EMAIL_COLLATION, Contact } from '../../../models/contact.ts'

export const visitor = { clerkId: null }

/** An address nobody else writes from. */
export const freshAddress = () => `${randomUUID()}@example.com`

/** A contact form as its contract makes it. */
export function contactForm(fields: Partial<ContactForm> = {}): ContactForm {
  return {
    formType: 'contact',
    name: 'Ann Ash',
    email: freshAddress(),
    phone: null,
    company: null,
    message: 'Hello!',
    source: 'website',
    ...fields,
  }
}

/** The contacts of an address by the collation of their index. */
export const storedContacts = (email: string) =>
  Contact.find({ email }).collation(CONTACT_EMAIL_COLLATION).lean()

/** What an address wrote, in the order in which it is kept. */
export async function messagesOf(email: string): Promise<string[]> {
  const contacts = await storedContacts(email)
  return contacts.flatMap(({ message, followUps }) => [
    message,
    ...followUps.map(followUp => followUp.message),
  ])
}
