import type { Types } from 'mongoose'
import { Contact } from '../../models/contact.ts'
import { DemoRequest } from '../../models/demo-request.ts'
import { contactTermsOf } from './search-terms.ts'

const BATCH_SIZE = 200

const UNFILLED = { searchTerms: { $exists: false } } as const

type Sender = { name: string; company?: string | null }
type Unfilled = Sender & { _id: Types.ObjectId; email: string; updatedAt?: Date | null; followUps?: Sender[] }

const FIELDS = {
  name: 1,
  email: 1,
  company: 1,
  updatedAt: 1,
  'followUps.name': 1,
  'followUps.company': 1,
} as const

/**
 * Gives the leads that were written before they could be searched their terms, and counts them. It can end
 * anywhere and begin again, run twice at once and beside other writes: it fills only what has no terms.
 */
export async function fillSearchTerms(): Promise<{ contacts: number; demoRequests: number }> {
  return { contacts: await fillAll(Contact), demoRequests: await fillAll(DemoRequest) }
}

type Collection = typeof Contact.collection

async function fillAll({ collection }: { collection: Collection }): Promise<number> {
  let filled = 0
  for (;;) {
    const found = await collection
      .find<Unfilled>(UNFILLED, { projection: FIELDS })
      .limit(BATCH_SIZE)
      .toArray()
    if (found.length === 0) return filled
    const { modifiedCount } = await collection.bulkWrite(found.map(fillOne), { ordered: false })
    filled += modifiedCount
  }
}

/** One that somebody wrote to since it was read is left for the next batch. */
function fillOne({ _id, email, updatedAt = null, followUps = [], ...first }: Unfilled) {
  const searchTerms = contactTermsOf(email, [first, ...followUps])
  return { updateOne: { filter: { ...UNFILLED, _id, updatedAt }, update: { $set: { searchTerms } } } }
}
