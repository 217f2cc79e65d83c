import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { expectStatus } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import {
  contactFrom,
  demoFrom,
  forgetReplies,
  freshAddress,
  send,
  storedContact,
  storedDemo,
} from './forms.ts'

describe('a contact form', () => {
  it('makes a contact', async () => {
    const email = freshAddress()
    const said = { phone: '+33 1 23', company: 'Ash', source: 'footer' }
    const answer = await send(contactFrom(`  ${email.toUpperCase()} `, { ...said, name: ' Ann Ash ' }))
    expectStatus(answer, 201)
    expect(answer.body).toEqual({ id: expect.any(String), status: 'new' })
    expect(await storedContact(answer.body.id)).toMatchObject({
      ...said,
      name: 'Ann Ash',
      email,
      message: 'Hello!',
      clerkId: null,
      status: 'new',
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
    })
  })

  it('takes an empty optional field for one left out', async () => {
    const empty = { phone: '', company: ' ', source: '', website: '', captchaToken: '' }
    const { body } = await send(contactFrom(freshAddress(), empty))
    expect(await storedContact(body.id)).toMatchObject({ phone: null, company: null, source: 'website' })
  })

  it('of an address that wrote before is kept with its contact', async () => {
    const email = freshAddress()
    const first = await send(contactFrom(email))
    const again = await send(contactFrom(email.toUpperCase(), { name: 'Ann A.', message: 'Again' }))
    expectStatus(again, 200)
    expect(again.body).toEqual({ id: first.body.id, duplicate: true })
    const contact = await storedContact(first.body.id)
    expect(contact).toMatchObject({ message: 'Hello!', followUpCount: 1 })
    expect(contact?.followUps).toMatchObject([{ name: 'Ann A.', message: 'Again', clerkId: null }])
  })

  it('may come from an address with letters beyond ASCII', async () => {
    const domain = `${randomUUID()}.example.com`
    const first = await send(contactFrom(`E\u0301ric.Müller@${domain}`))
    expectStatus(first, 201)
    expect((await storedContact(first.body.id))?.email).toBe(`éric.müller@${domain}`)
    expectStatus(await send(contactFrom(`ÉRIC.MÜLLER@${domain}`)), 200)
    expectStatus(await send(contactFrom(`eric.müller@${domain}`)), 201)
  })

  it('keeps what is said as it is said', async () => {
    const odd = 'a\u0000b\u001b[31m\u202e=1+1 $ne {"$gt":1} <b>'
    const { body } = await send(
      contactFrom(freshAddress(), { name: odd, company: odd, message: `${odd}\n\ud83d\ude00` }),
    )
    expect(await storedContact(body.id)).toMatchObject({ name: odd, company: odd, message: `${odd}\n😀` })
  })

  it('takes texts as long as they may be', async () => {
    const json = contactFrom(freshAddress(), { name: '字'.repeat(100), message: '字'.repeat(5_000) })
    expectStatus(await send(json), 201)
    expectStatus(await send({ ...json, company: '字'.repeat(200) }), 200)
  })

  it('costs two commands of a visitor, known or not', async () => {
    const email = freshAddress()
    await send(contactFrom(freshAddress()))
    await background.drain()
    expect(await commandsOf(() => send(contactFrom(email)))).toEqual([
      'aggregate contacts',
      'insert contacts',
    ])
    expect(await commandsOf(() => send(contactFrom(email)))).toEqual([
      'aggregate contacts',
      'update contacts',
    ])
  })
})

describe('a demo form', () => {
  it('makes a demo request, each time one of its own', async () => {
    const said = {
      phone: '+33 1',
      jobTitle: 'CTO',
      companySize: '10-50',
      industry: 'Wood',
      useCase: 'Trees',
      timeline: 'Soon',
      message: 'Please',
    }
    const json = demoFrom(freshAddress(), { ...said, preferredDate: '2026-12-01T09:30:00+01:00' })
    const [first, second] = [await send(json), await send(json)]
    for (const answer of [first, second]) {
      expectStatus(answer, 201)
      expect(answer.body).toEqual({ id: expect.any(String), status: 'pending' })
      const demo = await storedDemo(answer.body.id)
      expect(demo).toMatchObject({ ...said, email: json.email, company: 'Ash', businessNeeds: 'All of it.' })
      expect(demo).toMatchObject({ status: 'pending', type: 'demo_request', clerkId: null })
      expect(demo?.preferredDate).toEqual(new Date('2026-12-01T08:30:00Z'))
      expect(demo?.searchTerms).toEqual(expect.arrayContaining(['ann', 'ash']))
      expect(demo).not.toHaveProperty('formType')
    }
    expect(second.body.id).not.toBe(first.body.id)
  })

  it('takes an empty optional field for one left out', async () => {
    const optional = ['phone', 'jobTitle', 'companySize', 'industry', 'useCase', 'timeline', 'message']
    const names = [...optional, 'preferredDate']
    const empty = Object.fromEntries(names.map(name => [name, '']))
    const { body } = await send(demoFrom(freshAddress(), empty))
    expect(await storedDemo(body.id)).toMatchObject(Object.fromEntries(names.map(name => [name, null])))
  })
})

describe('a caller who is known', () => {
  it('is linked to what they send, and to nobody else’s contact', async () => {
    const [ann, bea] = [await freshTenant(), await freshTenant()]
    const { headers } = await bea.newKey()
    const email = freshAddress()
    const { body } = await send(contactFrom(email), ann.session)
    expectStatus(await send(contactFrom(email), headers), 200)
    expectStatus(await send(contactFrom(email)), 200)
    const contact = await storedContact(body.id)
    expect(contact?.clerkId).toBe(ann.clerkId)
    expect(contact?.followUps.map(({ clerkId }) => clerkId)).toEqual([bea.clerkId, null])
    const demo = await send(demoFrom(email), headers)
    expect((await storedDemo(demo.body.id))?.clerkId).toBe(bea.clerkId)
  })

  it('does not take over a contact that a visitor made', async () => {
    const [ann, email] = [await freshTenant(), freshAddress()]
    const { body } = await send(contactFrom(email))
    expectStatus(await send(contactFrom(email), ann.session), 200)
    expect((await storedContact(body.id))?.clerkId).toBeNull()
  })

  it.each([
    ['contact', contactFrom],
    ['demo', demoFrom],
  ])(
    'may retry a %s form whose answer was lost: it is kept once, and answered the same',
    async (_type, from) => {
      const ann = await freshTenant()
      const email = freshAddress()
      const keyed = () => ({ ...ann.session, 'Idempotency-Key': 'the-same' })
      const first = await send(from(email), keyed())
      expectStatus(first, 201)
      await forgetReplies(ann.clerkId)
      const again = await send(from(email), keyed())
      expectStatus(again, 201)
      expect(again.body).toEqual(first.body)
      expect(again.headers.get('idempotency-replayed')).toBeNull()
      expect((await storedContact(first.body.id))?.followUpCount ?? 0).toBe(0)
    },
  )

  it('may retry a follow-up whose answer was lost', async () => {
    const [ann, email] = [await freshTenant(), freshAddress()]
    const first = await send(contactFrom(email))
    const headers = { ...ann.session, 'Idempotency-Key': 'the-same' }
    const sent = await send(contactFrom(email), headers)
    await forgetReplies(ann.clerkId)
    const again = await send(contactFrom(email), headers)
    expectStatus(again, 200)
    expect(again.body).toEqual(sent.body)
    expect((await storedContact(first.body.id))?.followUpCount).toBe(1)
  })
})
