import { MongoClient, ObjectId } from 'mongodb'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { addContact } from '../../../lib/leads/add-contact.ts'
import { CONTACT_EMAIL_COLLATION } from '../../../models/contact.ts'
import { contactForm, messagesOf, storedContacts, visitor } from './contact-forms.ts'
import { openGatedPassage } from './gated-passage.ts'

const address = process.env.MONGODB_URI ?? ''
const passage = await openGatedPassage(address)
// The connection is opened before the first test.
process.env.MONGODB_URI = passage.uri

/** Somebody else's way to the contacts, which no gate holds. */
const others = new MongoClient(address)
const collated = { collation: CONTACT_EMAIL_COLLATION }
const contacts = others.db().collection('contacts')
afterAll(() => others.close())
afterEach(passage.clear)

const remove = (email: string) => () => contacts.deleteOne({ email }, collated)
const insert = (email: string) => () =>
  contacts.insertOne({ name: 'Bea', email, message: 'I was first', followUps: [], followUpCount: 0 })

describe('a message', () => {
  it('makes the contact anew that vanished before its follow-up', async () => {
    const form = contactForm()
    await addContact(visitor, form, null)
    passage.before('update', 'contacts', remove(form.email))
    const receipt = await addContact(visitor, { ...form, message: 'Still here' }, null)
    expect(receipt).toMatchObject({ status: 'new' })
    expect(await messagesOf(form.email)).toEqual(['Still here'])
  })

  it('follows up a contact that appeared before its own', async () => {
    const form = contactForm()
    passage.before('insert', 'contacts', insert(form.email))
    expect(await addContact(visitor, form, null)).toMatchObject({ duplicate: true })
    expect(await messagesOf(form.email)).toEqual(['I was first', 'Hello!'])
  })

  it('comes through where the contact appears, vanishes and appears', async () => {
    const form = contactForm()
    passage.before('insert', 'contacts', insert(form.email))
    passage.before('update', 'contacts', remove(form.email))
    passage.before('insert', 'contacts', insert(form.email))
    expect(await addContact(visitor, form, null)).toMatchObject({ duplicate: true })
    expect(await messagesOf(form.email)).toEqual(['I was first', 'Hello!'])
  })

  it('is refused for now where that never ends', async () => {
    const form = contactForm()
    for (let times = 0; times < 10; times += 1) {
      passage.before('insert', 'contacts', insert(form.email))
      passage.before('update', 'contacts', remove(form.email))
    }
    await expect(addContact(visitor, form, null)).rejects.toMatchObject({
      code: 'conflict',
      extras: { retryAfterSeconds: 1 },
    })
  })

  it('is refused by a contact that filled up before it', async () => {
    const form = contactForm()
    await addContact(visitor, form, null)
    const said = { name: 'Bea', message: 'Again', createdAt: new Date() }
    const followUps = Array.from({ length: 500 }, () => ({ _id: new ObjectId(), ...said }))
    passage.before('update', 'contacts', () =>
      contacts.updateOne({ email: form.email }, { $set: { followUps, followUpCount: 500 } }, collated),
    )
    await expect(addContact(visitor, form, null)).rejects.toMatchObject({ code: 'conflict' })
    expect((await storedContacts(form.email))[0]?.followUps).toHaveLength(500)
  })

  it('is not kept again where another attempt of it came before', async () => {
    const [form, effect] = [contactForm(), new ObjectId()]
    await addContact(visitor, form, null)
    const followUp = { _id: effect, name: 'Ann', message: 'Once', createdAt: new Date() }
    passage.before('update', 'contacts', () =>
      contacts.updateOne(
        { email: form.email },
        { $push: { followUps: followUp as never }, $inc: { followUpCount: 1 } },
        collated,
      ),
    )
    const receipt = await addContact(visitor, { ...form, message: 'Once' }, effect.toHexString())
    expect(receipt).toMatchObject({ duplicate: true })
    expect(await messagesOf(form.email)).toEqual(['Hello!', 'Once'])
    expect((await storedContacts(form.email))[0]?.followUpCount).toBe(1)
  })
})
