import { randomUUID } from 'node:crypto'
import { searchTermsOf } from '../../../lib/leads/search-terms.ts'
import { AuditEntry } from '../../../models/audit-entry.ts'
import { Contact } from '../../../models/contact.ts'
import { DemoRequest } from '../../../models/demo-request.ts'

export const nobody = '507f1f77bcf86cd799439011'

/** A word that no other lead has. */
export const freshMark = () => `mark${randomUUID().replaceAll('-', '').slice(0, 12)}`

type Given = { name?: string; email?: string; company?: string; [field: string]: unknown }

/** A lead as the form writes it. */
function lead(given: Given) {
  const sender = {
    name: 'Jean',
    company: 'Example',
    email: `${randomUUID()}@example.com`,
    ...given,
  }
  return { ...sender, searchTerms: searchTermsOf(sender.name, sender.email, sender.company) }
}

export const PIPELINES = [
  {
    noun: 'contacts',
    path: '/api/admin/contacts',
    statuses: ['new', 'contacted', 'qualified', 'closed'],
    target: 'contact',
    collection: Contact.collection as unknown as typeof DemoRequest.collection,
    async add(given: Given = {}): Promise<string> {
      const { _id } = await Contact.create({ message: 'Hello', ...lead(given) })
      return _id.toHexString()
    },
  },
  {
    noun: 'demo-requests',
    path: '/api/admin/demo-requests',
    statuses: ['pending', 'scheduled', 'completed', 'canceled'],
    target: 'demo_request',
    collection: DemoRequest.collection,
    async add(given: Given = {}): Promise<string> {
      const { _id } = await DemoRequest.create({ businessNeeds: 'Much', ...lead(given) })
      return _id.toHexString()
    },
  },
] as const

export type Pipeline = (typeof PIPELINES)[number]

/** What the log tells of a lead, oldest first. */
export function actionsOn(id: string) {
  return AuditEntry.find({ 'target.id': id }).sort({ _id: 1 }).lean()
}
