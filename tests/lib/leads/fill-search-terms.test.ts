import { MongoClient } from 'mongodb'
import { Types } from 'mongoose'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { fillSearchTerms } from '../../../lib/leads/fill-search-terms.ts'
import { searchTermsOf } from '../../../lib/leads/search-terms.ts'
import { Contact } from '../../../models/contact.ts'
import { DemoRequest } from '../../../models/demo-request.ts'
import { explained } from '../../helpers/explain.ts'
import { openGatedPassage } from './gated-passage.ts'

const address = process.env.MONGODB_URI ?? ''
const passage = await openGatedPassage(address)
// The connection is opened before the first test.
process.env.MONGODB_URI = passage.uri

/** Somebody else's way to the contacts, which no gate holds. */
const others = new MongoClient(address)
const contacts = others.db().collection('contacts')
afterAll(() => others.close())
afterEach(passage.clear)

/** As it was written before there was a search. */
const old = (i: number, more: object = {}) => ({
  _id: new Types.ObjectId(),
  name: `Jean ${i}`,
  email: `old${i}-${new Types.ObjectId()}@example.com`,
  updatedAt: new Date(1),
  ...more,
})

const termsOf = async (id: Types.ObjectId) => (await Contact.findById(id).orFail().lean()).searchTerms

describe('fillSearchTerms', () => {
  it('fills what has no terms, batch by batch, once', async () => {
    const written = Array.from({ length: 450 }, (_, i) => old(i))
    await Contact.collection.insertMany(written as never)
    const requests = [old(1, { company: 'Acmé' }), old(2, { updatedAt: undefined })]
    await DemoRequest.collection.insertMany(requests as never, { ignoreUndefined: true })
    expect(await fillSearchTerms()).toEqual({ contacts: 450, demoRequests: 2 })
    for (const { _id, name, email } of written.slice(-3)) {
      const found = await Contact.findById(_id).orFail().lean()
      expect(found).toMatchObject({ searchTerms: searchTermsOf(name, email, null), updatedAt: new Date(1) })
    }
    expect(await DemoRequest.exists({ searchTerms: 'acme' })).toEqual({ _id: requests[0]?._id })
    expect(await fillSearchTerms()).toEqual({ contacts: 0, demoRequests: 0 })
  })

  it('leaves terms that are there alone, also none at all', async () => {
    const made = [old(1, { searchTerms: ['mine'] }), old(2, { searchTerms: [] })]
    await Contact.collection.insertMany(made as never)
    expect(await fillSearchTerms()).toMatchObject({ contacts: 0 })
    expect(await Promise.all(made.map(({ _id }) => termsOf(_id)))).toEqual([['mine'], []])
  })

  it('finds a contact by each who wrote from its address', async () => {
    const one = old(1, { followUps: [{ name: 'Beatrix', company: 'Zebra', message: 'm' }] })
    await Contact.collection.insertOne(one as never)
    await fillSearchTerms()
    expect(await termsOf(one._id)).toEqual(expect.arrayContaining(['jean', 'beatrix', 'zebra']))
  })

  it('twice at once fills each once', async () => {
    await Contact.collection.insertMany(Array.from({ length: 300 }, (_, i) => old(i)) as never)
    const counts = await Promise.all([fillSearchTerms(), fillSearchTerms()])
    expect(counts.reduce((sum, { contacts }) => sum + contacts, 0)).toBe(300)
  })

  it('reads what was written while it worked before it fills that', async () => {
    const one = old(1)
    await Contact.collection.insertOne(one as never)
    const change = { $set: { name: 'Renamed', updatedAt: new Date(2) } }
    passage.before('update', 'contacts', () => contacts.updateOne({ _id: one._id }, change))
    expect(await fillSearchTerms()).toMatchObject({ contacts: 1 })
    expect(await termsOf(one._id)).toEqual(expect.arrayContaining(['renamed']))
  })

  it('looks them up in an index', async () => {
    await Contact.collection.insertMany([old(1), old(2)] as never)
    const read = await explained('contacts', fillSearchTerms)
    expect(read).toMatchObject({ index: 'searchTerms_1__id_-1' })
  })
})
