import { afterAll, describe, expect, it } from 'vitest'
import { Contact } from '../../../models/contact.ts'
import { DemoRequest } from '../../../models/demo-request.ts'
import { startTurnstile } from '../../../scripts/local/turnstile/index.ts'
import { type Answer, call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { contactFrom, demoFrom, forgetReplies, freshAddress, isKept, send, storedContact } from './forms.ts'

const turnstile = await startTurnstile()
// Settings are read when the database is opened, before the first test.
process.env.TURNSTILE_SECRET_KEY = turnstile.secretKey
process.env.TURNSTILE_URL = turnstile.url
afterAll(turnstile.close)

const solved = () => ({ captchaToken: turnstile.solve() })
const checks = () => turnstile.asked().length

function expectBadCaptcha(answer: Answer, message: string): void {
  expectProblem(answer, 400, 'invalid_input')
  expect(answer.body.errors).toEqual([{ path: 'captchaToken', message }])
}
const UNSOLVED = 'Solve the captcha and send its token'
const SPENT = 'The captcha has expired, was used before or was not solved. Solve it again'

describe('where a captcha is asked', () => {
  it.each([
    ['contact', contactFrom],
    ['demo', demoFrom],
  ])('a %s form with one is taken, once', async (_type, from) => {
    const token = solved()
    const answer = await send(from(freshAddress(), token))
    expectStatus(answer, 201)
    expect(await isKept(answer.body.id)).toBe(true)
    expectBadCaptcha(await send(from(freshAddress(), token)), SPENT)
  })

  it('nothing is kept without one that holds', async () => {
    const email = freshAddress()
    const before = checks()
    expectBadCaptcha(await send(demoFrom(email)), UNSOLVED)
    expectBadCaptcha(await send(demoFrom(email, { captchaToken: '' })), UNSOLVED)
    expect(checks()).toBe(before)
    expectBadCaptcha(await send(demoFrom(email, { captchaToken: 'forged' })), SPENT)
    expect(await DemoRequest.exists({ email })).toBeNull()
  })

  it('whoever is known needs one too', async () => {
    const ann = await freshTenant()
    const { headers } = await ann.newKey()
    for (const credential of [ann.session, headers]) {
      expectBadCaptcha(await send(contactFrom(freshAddress()), credential), UNSOLVED)
      expectStatus(await send(contactFrom(freshAddress(), solved()), credential), 201)
      expect(turnstile.asked().at(-1)).not.toHaveProperty('remoteip')
    }
  })

  it('a visitor’s is checked with their address', async () => {
    const json = contactFrom(freshAddress(), solved())
    expectStatus(await call('POST', '/api/forms', { json, ip: '198.51.100.9' }), 201)
    expect(turnstile.asked().at(-1)).toMatchObject({ remoteip: '198.51.100.9' })
  })

  it('who fills the trap is not asked', async () => {
    const before = checks()
    const answer = await send(contactFrom(freshAddress(), { website: 'x', captchaToken: 'forged' }))
    expectStatus(answer, 201)
    expect(await isKept(answer.body.id)).toBe(false)
    expect(checks()).toBe(before)
  })

  it('a form that is wrong otherwise does not use it up', async () => {
    const token = solved()
    expectProblem(await send(contactFrom('no address', token)), 400, 'invalid_input')
    expectStatus(await send(contactFrom(freshAddress(), token)), 201)
  })

  it('feedback needs none', async () => {
    expectStatus(await call('POST', '/api/feedback', { json: { formType: 'demo', rating: 5 } }), 201)
  })
})

describe('a retry after a process died', () => {
  const json = () => contactFrom(freshAddress(), solved())

  it('is answered from what was kept, without another check', async () => {
    const ann = await freshTenant()
    const [form, headers] = [json(), { ...ann.session, 'Idempotency-Key': 'the-same' }]
    const first = await send(form, headers)
    expectStatus(first, 201)
    await forgetReplies(ann.clerkId)
    const before = checks()
    const again = await send(form, headers)
    expectStatus(again, 201)
    expect(again.body).toEqual(first.body)
    expect(checks()).toBe(before)
    expect((await storedContact(first.body.id))?.followUpCount).toBe(0)
  })

  it('before anything was kept needs no new captcha', async () => {
    const ann = await freshTenant()
    const [form, headers] = [json(), { ...ann.session, 'Idempotency-Key': 'the-same' }]
    const first = await send(form, headers)
    await Contact.deleteOne({ _id: first.body.id })
    await forgetReplies(ann.clerkId)
    const again = await send(form, headers)
    expectStatus(again, 201)
    expect(await isKept(again.body.id)).toBe(true)
    expectBadCaptcha(await send(form), SPENT)
  })
})

describe('while the captcha cannot be checked', () => {
  it('a form is refused for now, and nothing is kept', async () => {
    await turnstile.close()
    const email = freshAddress()
    const answer = await send(demoFrom(email, solved()))
    expectProblem(answer, 503, 'unavailable')
    expect(answer.body.detail).toBe('The captcha service cannot be reached just now.')
    expect(answer.headers.get('retry-after')).not.toBeNull()
    expect(await DemoRequest.exists({ email })).toBeNull()
  })
})
