import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { submitFormContract } from '../../../lib/forms/contracts.ts'
import { addContact } from '../../../lib/leads/add-contact.ts'
import { contactForm, storedContacts, visitor } from './contact-forms.ts'

/** Whether two addresses, as people type them, are one contact's. */
async function areOne(first: string, second: string): Promise<boolean> {
  const domain = `${randomUUID()}.example.com`
  const receipts = []
  for (const local of [first, second]) {
    const { email } = submitFormContract.body.parse({ ...contactForm(), email: `${local}@${domain}` })
    receipts.push(await addContact(visitor, contactForm({ email }), null))
  }
  return receipts.some(receipt => 'duplicate' in receipt)
}

describe('two addresses', () => {
  it.each([
    ['ann', 'ANN', 'in another case'],
    ['  ann', 'ann', 'with space around it'],
    ['École', 'école', 'in another case, with accents'],
    ['é', 'e\u0301', 'composed otherwise'],
    ['ﬁn', 'fin', 'a ligature'],
    ['ａｎｎ', 'ann', 'in full width'],
    ['ς', 'σ', 'a final sigma'],
    ['²x', '2x', 'a superscript'],
  ])('%s and %s are one: %s', async (first, second) => {
    expect(await areOne(first, second)).toBe(true)
  })

  it.each([
    ['é', 'e', 'an accent'],
    ['ü', 'u', 'a diaeresis'],
    ['ç', 'c', 'a cedilla'],
    ['straße', 'strasse', 'a letter of its own'],
    ['œuvre', 'oeuvre', 'a letter of its own'],
    ['ü', 'ue', 'no German spelling'],
    ['a.b', 'ab', 'a dot'],
    ['a+b', 'a', 'a tag'],
    ['a-b', 'a_b', 'a sign'],
    ['ı', 'i', 'a dotless i'],
    ['а', 'a', 'another script'],
  ])('%s and %s are two: %s', async (first, second) => {
    expect(await areOne(first, second)).toBe(false)
  })

  it('of one contact: the first one is what is stored', async () => {
    const domain = `${randomUUID()}.example.com`
    await addContact(visitor, contactForm({ email: `ａnn@${domain}` }), null)
    await addContact(visitor, contactForm({ email: `ann@${domain}` }), null)
    expect((await storedContacts(`ANN@${domain}`))[0]?.email).toBe(`ａnn@${domain}`)
  })
})
