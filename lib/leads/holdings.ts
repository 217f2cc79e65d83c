import type { ClientSession, Types } from 'mongoose'
import { Contact, type ContactDocument, type FollowUp } from '../../models/contact.ts'
import { DemoRequest } from '../../models/demo-request.ts'
import { inTransaction } from '../db/transaction.ts'
import { hasTime } from '../deadline.ts'
import type { Holding, Owner } from '../privacy/holding.ts'
import { plainHolding, rowsOf } from '../privacy/rows.ts'
import { contactTermsOf } from './search-terms.ts'

const ofAdmins = { notes: 0, searchTerms: 0 } as const

export const demoRequests = plainHolding({
  name: 'demo-requests',
  about: 'The demos that you asked for while signed in.',
  model: DemoRequest,
  hidden: ofAdmins,
})

/** An address has one contact, to which several people may have written: each has their own messages. */
export const contacts: Holding = {
  name: 'contacts',
  about: 'What you wrote through our contact form while signed in.',
  collections: ['contacts'],
  async *rows(owner) {
    for await (const { id, ...contact } of rowsOf(Contact, writtenBy(owner), ofAdmins))
      yield { id, ...ownPartOf(contact as unknown as StoredContact, owner) }
  },
  async remove(owner, deadline) {
    while (hasTime(deadline)) {
      const found = await Contact.findOne(writtenBy(owner), { _id: 1 }).lean()
      if (!found) return true
      await inTransaction(session => withdraw(found._id, owner, session))
    }
    return false
  },
}

function writtenBy({ clerkId }: Owner) {
  return { $or: [{ clerkId }, { 'followUps.clerkId': clerkId }] }
}

/** A contact from before this API has no follow-ups. */
type StoredContact = Omit<ContactDocument, 'followUps'> & { followUps?: readonly FollowUp[] }

function ownPartOf({ email, followUps = [], ...contact }: StoredContact, { clerkId }: Owner): object {
  const { status } = contact
  const own = followUps.filter(followUp => followUp.clerkId === clerkId)
  const first = contact.clerkId === clerkId && { ...saidIn(contact), status }
  return { email, ...first, followUps: own.map(saidIn) }
}

type Said = Pick<FollowUp, 'name' | 'phone' | 'company' | 'message' | 'source' | 'createdAt'>

function saidIn({ name, phone, company, message, source, createdAt }: Said): Said {
  return { name, phone: phone ?? null, company: company ?? null, message, source, createdAt }
}

/**
 * Takes somebody's messages out of a contact, and the contact with them if nobody else wrote. Else the oldest
 * message of the others takes the place of a first one that goes.
 */
async function withdraw(
  contactId: Types.ObjectId,
  { clerkId }: Owner,
  session: ClientSession,
): Promise<void> {
  const contact = await Contact.findById(contactId, null, { session }).lean()
  if (!contact) return
  const { email, followUps = [], followUpCount: counted = 0 } = contact
  const others = followUps.filter(followUp => followUp.clerkId !== clerkId)
  const firstStays = contact.clerkId !== clerkId
  const first = firstStays ? contact : others.shift()
  if (!first) {
    await Contact.deleteOne({ _id: contactId }, { session })
    return
  }
  const { createdAt: _, ...said } = saidIn(first)
  const followUpCount = Math.max(0, counted - (followUps.length - others.length))
  const searchTerms = contactTermsOf(email, [first, ...others])
  const update = { ...said, clerkId: first.clerkId ?? null, followUps: others, followUpCount, searchTerms }
  await Contact.updateOne({ _id: contactId }, { $set: update }, { session })
}
