import { Types } from 'mongoose'
import { describe, expect, it } from 'vitest'
import { addContact } from '../../../lib/leads/add-contact.ts'
import { Contact } from '../../../models/contact.ts'
import { contactForm, freshAddress, messagesOf, storedContacts, visitor } from './contact-forms.ts'

const effect = () => new Types.ObjectId().toHexString()

async function full(followUps: number): Promise<string> {
  const email = freshAddress()
  const said = { name: 'Ann Ash', message: 'Again', createdAt: new Date() }
  await Contact.create({
    ...contactForm({ email }),
    followUps: Array.from({ length: followUps }, () => said),
    followUpCount: followUps,
  })
  return email
}

describe('a first message', () => {
  it('makes a contact with all that was said', async () => {
    const form = contactForm({ phone: '+33 1', company: 'Ash & Co', source: 'footer' })
    const { id } = await addContact({ clerkId: 'user_ann' }, form, null)
    const { formType, ...said } = form
    const [contact] = await storedContacts(form.email)
    expect(contact).toMatchObject({ ...said, clerkId: 'user_ann', status: 'new', type: 'contact' })
    expect(contact).toMatchObject({ followUps: [], followUpCount: 0, notes: [] })
    expect(contact?._id.toHexString()).toBe(id)
    expect(contact?.searchTerms).toEqual(expect.arrayContaining(['ann', 'ash', 'co']))
  })
})

describe('a further message', () => {
  it('is kept whole with the first one, which it does not change', async () => {
    const form = contactForm({ company: 'Ash' })
    const first = await addContact({ clerkId: 'user_ann' }, form, null)
    const [before] = await storedContacts(form.email)
    const said = { name: 'Bea Birch', phone: '+33 2', company: 'Birch', message: 'And me?', source: 'blog' }
    const second = await addContact({ clerkId: 'user_bea' }, { ...form, ...said }, null)
    expect(first).toEqual({ id: second.id, status: 'new' })
    expect(second).toEqual({ id: first.id, duplicate: true })
    const [contact, ...others] = await storedContacts(form.email)
    expect(others).toEqual([])
    const { followUps, followUpCount, updatedAt, searchTerms, ...rest } = contact ?? {}
    expect(before).toMatchObject(rest)
    expect(followUpCount).toBe(1)
    expect(followUps).toEqual([
      { _id: expect.anything(), ...said, clerkId: 'user_bea', createdAt: expect.any(Date) },
    ])
    expect(searchTerms).toEqual(expect.arrayContaining(['ash', 'birch', 'bea']))
  })

  it('joins a contact from before there were follow-ups', async () => {
    const { formType, ...said } = contactForm()
    await Contact.collection.insertOne({ ...said, status: 'closed' })
    const receipt = await addContact(visitor, contactForm({ email: said.email, message: 'Me again' }), null)
    expect(receipt).toMatchObject({ duplicate: true })
    const [contact] = await storedContacts(said.email)
    expect(contact).toMatchObject({
      followUpCount: 1,
      status: 'closed',
      followUps: [{ message: 'Me again' }],
    })
    // What gives old contacts their terms, of all their messages, looks for those without any.
    expect(contact?.searchTerms).toBeUndefined()
  })

  it('is refused past the 500th, and nothing changes', async () => {
    const email = await full(499)
    await addContact(visitor, contactForm({ email, message: 'The 500th' }), null)
    const before = await storedContacts(email)
    const refused = addContact(visitor, contactForm({ email, name: 'Zoe', message: 'The 501st' }), null)
    await expect(refused).rejects.toMatchObject({
      code: 'conflict',
      message: 'We hold 500 further messages from this address already and can keep no more.',
    })
    expect(await storedContacts(email)).toEqual(before)
    expect(before[0]?.followUps).toHaveLength(500)
    expect(before[0]?.followUpCount).toBe(500)
  })

  it('finds no place past the 500th among many at once', async () => {
    const email = await full(495)
    const sent = await Promise.allSettled(
      Array.from({ length: 12 }, () => addContact(visitor, contactForm({ email }), null)),
    )
    expect(sent.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
    expect((await storedContacts(email))[0]).toMatchObject({ followUpCount: 500 })
  })

  it('adds no more terms to a contact that has no room for them, but is kept', async () => {
    const form = contactForm()
    await addContact(visitor, form, null)
    const many = Array.from({ length: 990 }, (_, at) => `term${at}`)
    await Contact.updateOne(
      { _id: (await storedContacts(form.email))[0]?._id },
      { $set: { searchTerms: many } },
    )
    await addContact(visitor, { ...form, name: 'Zoe' }, null)
    expect((await storedContacts(form.email))[0]).toMatchObject({ searchTerms: many, followUpCount: 1 })
  })
})

describe('a retry under the same effect', () => {
  it('of a first message finds the contact, and is answered the same', async () => {
    const [form, effectId] = [contactForm(), effect()]
    const first = await addContact(visitor, form, effectId)
    expect(first).toEqual({ id: effectId, status: 'new' })
    await addContact(visitor, { ...form, message: 'Another' }, effect())
    expect(await addContact(visitor, form, effectId)).toEqual(first)
    expect(await messagesOf(form.email)).toEqual(['Hello!', 'Another'])
  })

  it('of a follow-up finds it, even on a full contact', async () => {
    const [email, effectId] = [await full(499), effect()]
    const form = contactForm({ email, message: 'The last' })
    const first = await addContact(visitor, form, effectId)
    expect(first).toMatchObject({ duplicate: true })
    expect(await addContact(visitor, form, effectId)).toEqual(first)
    const [contact] = await storedContacts(email)
    expect(contact?.followUpCount).toBe(500)
    expect(contact?.followUps.at(-1)?._id.toHexString()).toBe(effectId)
  })

  it.each([
    ['a first message', false],
    ['a follow-up', true],
  ])('makes one of many at once of %s', async (_of, isKnown) => {
    const [form, effectId] = [contactForm({ message: 'Once' }), effect()]
    if (isKnown) await addContact(visitor, { ...form, message: 'First' }, null)
    const attempts = Array.from({ length: 10 }, () => addContact(visitor, form, effectId))
    const [first, ...others] = await Promise.all(attempts)
    for (const other of others) expect(other).toEqual(first)
    expect(await messagesOf(form.email)).toEqual(isKnown ? ['First', 'Once'] : ['Once'])
  })
})
