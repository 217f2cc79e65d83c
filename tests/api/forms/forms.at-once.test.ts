import { describe, expect, it } from 'vitest'
import { CONTACT_EMAIL_COLLATION, Contact } from '../../../models/contact.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { contactFrom, freshAddress, send } from './forms.ts'

describe('twenty forms at once from one address', () => {
  it.each([1, 2, 3])('make one contact with nineteen follow-ups, none lost (round %i)', async () => {
    const email = freshAddress()
    const ann = await freshTenant()
    const { headers } = await ann.newKey()
    const callers = [{}, ann.session, headers]
    const messages = Array.from({ length: 20 }, (_, at) => `Message ${at}`)
    const answers = await Promise.all(
      messages.map((message, at) => {
        const address = at % 2 ? email : email.toUpperCase()
        return send(contactFrom(address, { message }), callers[at % callers.length])
      }),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201])
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    const [contact, ...others] = await Contact.find({ email }).collation(CONTACT_EMAIL_COLLATION).lean()
    expect(others).toEqual([])
    expect(contact?.followUpCount).toBe(19)
    const kept = [contact?.message, ...(contact?.followUps.map(({ message }) => message) ?? [])]
    expect(kept.sort()).toEqual(messages.sort())
    const first = answers.findIndex(({ status }) => status === 201)
    expect(contact?.message).toBe(`Message ${first}`)
  })
})
