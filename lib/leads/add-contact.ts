import { Types } from 'mongoose'
import { CONTACT_EMAIL_COLLATION, Contact } from '../../models/contact.ts'
import type { Caller } from '../auth/caller.ts'
import { isDuplicateKey } from '../db/faults.ts'
import { AppError } from '../errors.ts'
import type { Form } from '../forms/contracts.ts'
import { MAX_CONTACT_TERMS, searchTermsOf } from './search-terms.ts'

export type ContactForm = Extract<Form, { formType: 'contact' }>
export type ContactReceipt = { id: string; status: 'new' } | { id: string; duplicate: true }

/** With texts as long as the form takes, a contact stays below the 16 MB of a document. */
const MAX_FOLLOW_UPS = 500
/** Between two looks somebody else must have made or removed the contact. */
const TRIES = 5

/**
 * Keeps what somebody wrote: as a contact, or with the one of the same address as a follow-up, whole. Either
 * is one atomic write under the `effectId`, by which a retry finds it again.
 * @throws AppError `conflict` when the contact holds as many follow-ups as it can, or others keep making and removing it
 */
export async function addContact(
  { clerkId }: Pick<Caller, 'clerkId'>,
  { name, email, phone, company, message, source }: ContactForm,
  effectId: string | null,
): Promise<ContactReceipt> {
  const said = { _id: idOf(effectId), name, phone, company, message, source, clerkId }
  const searchTerms = searchTermsOf(name, email, company)
  for (let tried = 0; tried < TRIES; tried += 1) {
    const found = await look(email, said._id)
    const kept = found && receiptOf(found, said._id)
    if (kept) return kept
    if (found?.isFull) throw full()
    const received = found
      ? await addFollowUp(found._id, said, searchTerms)
      : await addFirst({ ...said, email, searchTerms })
    if (received) return received
  }
  throw new AppError('conflict', 'Somebody else is changing this contact just now. Try again.', {
    retryAfterSeconds: 1,
  })
}

/** What an earlier attempt under this `effectId` was answered; null if nothing of it is kept. */
export async function findContactReceipt(email: string, effectId: string): Promise<ContactReceipt | null> {
  const found = await look(email, idOf(effectId))
  return found && receiptOf(found, idOf(effectId))
}

type Said = Omit<ContactForm, 'formType' | 'email' | 'website' | 'captchaToken'> & {
  _id: Types.ObjectId
  clerkId: string | null
}
type Found = { _id: Types.ObjectId; isFull: boolean; holdsEffect: boolean }

/** The contact of an address. Read as it stands: a majority read may not see yet what a duplicate key told of. */
async function look(email: string, effect: Types.ObjectId): Promise<Found | null> {
  const followUps = { $ifNull: ['$followUps', []] }
  const [found] = await Contact.aggregate<Found>([
    { $match: { email } },
    {
      $project: {
        isFull: { $gte: [{ $size: followUps }, MAX_FOLLOW_UPS] },
        holdsEffect: { $in: [effect, { $map: { input: followUps, in: '$$this._id' } }] },
      },
    },
  ])
    .collation(CONTACT_EMAIL_COLLATION)
    .readConcern('local')
  return found ?? null
}

function receiptOf({ _id, holdsEffect }: Found, effect: Types.ObjectId): ContactReceipt | null {
  if (_id.equals(effect)) return { id: _id.toHexString(), status: 'new' }
  return holdsEffect ? { id: _id.toHexString(), duplicate: true } : null
}

/** Null when the address has a contact by now. */
async function addFirst(
  contact: Said & { email: string; searchTerms: string[] },
): Promise<ContactReceipt | null> {
  try {
    await Contact.create(contact)
    return { id: contact._id.toHexString(), status: 'new' }
  } catch (error) {
    if (isDuplicateKey(error)) return null
    throw error
  }
}

/** Null when the contact is gone, full, or holds this one by now. Terms are added as long as there is room. */
async function addFollowUp(
  contactId: Types.ObjectId,
  said: Said,
  searchTerms: string[],
): Promise<ContactReceipt | null> {
  const isOpen = {
    _id: contactId,
    'followUps._id': { $ne: said._id },
    [`followUps.${MAX_FOLLOW_UPS - 1}`]: { $exists: false },
  }
  // One without terms yet is given those of all its messages at once: see `fillSearchTerms`.
  const hasRoom = {
    searchTerms: { $exists: true },
    [`searchTerms.${MAX_CONTACT_TERMS - searchTerms.length}`]: { $exists: false },
  }
  const added = {
    $push: { followUps: { ...said, createdAt: new Date() } },
    $inc: { followUpCount: 1 },
  }
  const terms = { $addToSet: { searchTerms: { $each: searchTerms } } }
  const isAdded =
    (await Contact.updateOne({ ...isOpen, ...hasRoom }, { ...added, ...terms })).matchedCount > 0 ||
    (await Contact.updateOne(isOpen, added)).matchedCount > 0
  return isAdded ? { id: contactId.toHexString(), duplicate: true } : null
}

function full(): AppError {
  return new AppError(
    'conflict',
    `We hold ${MAX_FOLLOW_UPS} further messages from this address already and can keep no more.`,
  )
}

function idOf(effectId: string | null): Types.ObjectId {
  return effectId === null ? new Types.ObjectId() : new Types.ObjectId(effectId)
}
