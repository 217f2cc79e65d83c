import { describe, expect, it } from 'vitest'
import { Contact } from '../../../models/contact.ts'
import { DemoRequest } from '../../../models/demo-request.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { contactFrom, demoFrom, freshAddress, isKept, send } from './forms.ts'

const count = async () =>
  (await Contact.estimatedDocumentCount()) + (await DemoRequest.estimatedDocumentCount())

/** Refused for these fields alone, with nothing kept. */
async function expectRefused(json: object, paths: string[]): Promise<void> {
  const before = await count()
  const answer = await send(json)
  expectProblem(answer, 400, 'invalid_input')
  expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual(paths)
  expect(await count()).toBe(before)
}

describe('a form', () => {
  it('of no or another type is refused', async () => {
    for (const formType of [undefined, 'newsletter', 7])
      await expectRefused({ ...contactFrom(freshAddress()), formType }, ['formType'])
  })

  it('names every field that is missing', async () => {
    await expectRefused({ formType: 'contact' }, ['name', 'email', 'message'])
    await expectRefused({ formType: 'demo' }, ['name', 'email', 'company', 'businessNeeds'])
  })

  it.each<[string, unknown]>([
    ['name', ' '],
    ['name', 'x'.repeat(101)],
    ['name', { $gt: '' }],
    ['phone', '1'.repeat(41)],
    ['company', 'x'.repeat(201)],
    ['message', ''],
    ['message', 'x'.repeat(5_001)],
    ['source', 'x'.repeat(201)],
    ['website', 'x'.repeat(2_001)],
    ['captchaToken', 'x'.repeat(2_049)],
    ['clerkId', 'user_other'],
    ['status', 'closed'],
    ['jobTitle', 'of the other form'],
  ])('of a contact is refused for its %s', async (field, value) => {
    await expectRefused(contactFrom(freshAddress(), { [field]: value }), [field])
  })

  it.each<[string, unknown]>([
    ['company', ''],
    ['businessNeeds', ' '],
    ['businessNeeds', 'x'.repeat(5_001)],
    ['jobTitle', 'x'.repeat(201)],
    ['preferredDate', 'tomorrow'],
    ['preferredDate', '2026-02-30'],
    ['preferredDate', 7],
    ['source', 'of the other form'],
  ])('of a demo is refused for its %s', async (field, value) => {
    await expectRefused(demoFrom(freshAddress(), { [field]: value }), [field])
  })

  it.each([
    '',
    'ann',
    'ann@localhost',
    '@example.com',
    'ann@@example.com',
    'ann@example..com',
    'ann ash@example.com',
    'Ann <ann@example.com>',
    'ann@example.com,bea@example.com',
    'ann@example.com\nBcc: bea@example.com',
    'a\u0000nn@example.com',
    'a\u200bnn@example.com',
    `${'a'.repeat(65)}@example.com`,
    `ann@${'x.'.repeat(130)}com`,
  ])('is refused for the address %j', async email => {
    const answer = await send(contactFrom(email))
    expectProblem(answer, 400, 'invalid_input')
    for (const { path, message } of answer.body.errors)
      expect([path, message]).toEqual(['email', 'is not an e-mail address'])
  })

  it('says plainly what a date must be', async () => {
    const { body } = await send(demoFrom(freshAddress(), { preferredDate: 'tomorrow' }))
    expect(body.detail).toBe('preferredDate: Must be a date or a date and time, ISO 8601')
  })

  it('that is no JSON, or no object, is refused', async () => {
    for (const json of [null, [], 'contact']) expectProblem(await send(json), 400, 'invalid_input')
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const form = await call('POST', '/api/forms', { headers, body: 'formType=contact', ip: '198.51.100.77' })
    expectProblem(form, 415, 'unsupported_media_type')
  })

  it('past five hundred follow-ups is refused in a plain sentence', async () => {
    const email = freshAddress()
    const { body } = await send(contactFrom(email))
    const followUps = Array.from({ length: 500 }, () => ({
      name: 'Ann',
      message: 'x',
      createdAt: new Date(),
    }))
    await Contact.updateOne({ _id: body.id }, { $set: { followUps, followUpCount: 500 } })
    const answer = await send(contactFrom(email))
    expectProblem(answer, 409, 'conflict')
    expect(answer.body.detail).toBe(
      'We hold 500 further messages from this address already and can keep no more.',
    )
  })
})

describe('who fills the trap', () => {
  it.each([
    ['contact', contactFrom, 'new'],
    ['demo', demoFrom, 'pending'],
  ])('of a %s form is answered as if it had worked, and nothing is kept', async (_type, from, status) => {
    const json = from(freshAddress(), { website: 'https://spam.example' })
    const [first, second] = [await send(json), await send(json)]
    for (const answer of [first, second]) {
      expectStatus(answer, 201)
      expect(answer.body).toEqual({ id: expect.stringMatching(/^[0-9a-f]{24}$/), status })
      expect(await isKept(answer.body.id)).toBe(false)
    }
    expect(second.body.id).not.toBe(first.body.id)
    expect(await DemoRequest.exists({ email: json.email })).toBeNull()
    const honest = await send(from(json.email))
    expectStatus(honest, 201)
  })
})
