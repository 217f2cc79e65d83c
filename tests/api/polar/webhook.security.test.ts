import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { PolarEvent } from '../../../models/polar-event.ts'
import { polarSubscription } from '../../../scripts/local/polar/payloads.ts'
import { polarDelivery } from '../../../scripts/local/polar/webhooks.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Headers } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { billingOf, storedEvent } from './stored.ts'

const { webhookSecret, products } = services.polar
const oldSecret = `polar_whs_${randomBytes(24).toString('base64url')}`
const standardSecret = `whsec_${randomBytes(24).toString('base64')}`
// Settings are read when the first request comes.
process.env.POLAR_WEBHOOK_SECRET = `${webhookSecret}, ${oldSecret},${standardSecret}`

const event = (externalId: string) => ({
  type: 'subscription.active',
  data: polarSubscription({ externalId, productId: products.professional, products }),
})

const post = (delivery: { headers: Headers; body: string }) => call('POST', '/api/polar/webhook', delivery)

/** Signs the way Standard Webhooks does: with the decoded remainder of the secret. */
function standardDelivery(secret: string, externalId: string) {
  const { headers, body } = polarDelivery(secret, event(externalId))
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64')
  const signature = createHmac('sha256', key).update(content).digest('base64')
  return { headers: { ...headers, 'webhook-signature': `v1,${signature}` }, body }
}

describe('POST /api/polar/webhook: deliveries it believes', () => {
  it.each([
    ['the current secret', (id: string) => polarDelivery(webhookSecret, event(id))],
    ['the secret that is being rotated out', (id: string) => polarDelivery(oldSecret, event(id))],
    ['the bytes of a whsec_ secret', (id: string) => polarDelivery(standardSecret, event(id))],
    ['what a whsec_ secret decodes to', (id: string) => standardDelivery(standardSecret, id)],
  ])('accepts a signature with %s', async (_name, sign) => {
    const { clerkId } = await freshTenant()
    const answer = await post(sign(clerkId))
    expectStatus(answer, 200)
    expect(answer.body).toEqual({ duplicate: false, status: 'processed' })
    expect(await billingOf(clerkId)).toMatchObject({ plan: 'professional' })
  })

  it('accepts a delivery whose second signature is good', async () => {
    const { clerkId } = await freshTenant()
    const { headers, body } = polarDelivery(webhookSecret, event(clerkId))
    const signatures = `v1,${randomBytes(32).toString('base64')} ${headers['webhook-signature']}`
    expectStatus(await post({ headers: { ...headers, 'webhook-signature': signatures }, body }), 200)
  })

  it.each([-290, 290])('accepts a delivery sent %i s from now', async seconds => {
    const { clerkId } = await freshTenant()
    const sentAt = new Date(Date.now() + seconds * 1000)
    expectStatus(await post(polarDelivery(webhookSecret, event(clerkId), { sentAt })), 200)
  })
})

describe('POST /api/polar/webhook: deliveries it does not believe', () => {
  const minutesOff = (minutes: number) => ({ sentAt: new Date(Date.now() + minutes * 60_000) })
  const without = (name: string) => (id: string) => {
    const { headers, body } = polarDelivery(webhookSecret, event(id))
    return { headers: Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name)), body }
  }
  const withHeader = (name: string, value: string) => (id: string) => {
    const { headers, body } = polarDelivery(webhookSecret, event(id))
    return { headers: { ...headers, [name]: value }, body }
  }
  const altered = (id: string) => {
    const { headers, body } = polarDelivery(webhookSecret, event(id))
    return { headers, body: body.replace(products.professional, products.enterprise) }
  }

  it.each([
    ['an unknown secret', (id: string) => polarDelivery(`polar_whs_${randomUUID()}`, event(id))],
    ['an empty secret', (id: string) => polarDelivery('', event(id))],
    ['all secrets as one', (id: string) => polarDelivery(`${webhookSecret}, ${oldSecret}`, event(id))],
    ['an altered body', altered],
    ['a stale timestamp', (id: string) => polarDelivery(webhookSecret, event(id), minutesOff(-5.1))],
    ['a timestamp of the future', (id: string) => polarDelivery(webhookSecret, event(id), minutesOff(5.1))],
    ['another id than was signed', withHeader('webhook-id', randomUUID())],
    [
      'a later timestamp than was signed',
      withHeader('webhook-timestamp', `${Math.floor(Date.now() / 1000) + 9}`),
    ],
    ['a timestamp that is none', withHeader('webhook-timestamp', 'soon')],
    ['a signature of another version', withHeader('webhook-signature', 'v2,AAAA')],
    ['an empty signature', withHeader('webhook-signature', 'v1,')],
    ['no signature', without('webhook-signature')],
    ['no timestamp', without('webhook-timestamp')],
    ['no id', without('webhook-id')],
  ])('refuses %s and stores nothing', async (_name, sign) => {
    const { clerkId } = await freshTenant()
    const before = await billingOf(clerkId)
    const answer = await post(sign(clerkId))
    expectProblem(answer, 401, 'invalid_signature')
    expect(
      await PolarEvent.countDocuments({ 'payload.data.customer.external_id': clerkId }).hint({ type: 1 }),
    ).toBe(0)
    expect(await billingOf(clerkId)).toEqual(before)
  })

  it('tells a forger nothing about the secret', async () => {
    const answer = await post(polarDelivery('guess', event('user_nobody')))
    expect(JSON.stringify(answer.body)).not.toContain(webhookSecret)
    expect(answer.headers.get('www-authenticate')).toBeNull()
  })

  it('lets a forger not use up the id of a genuine event', async () => {
    const { clerkId } = await freshTenant()
    const id = randomUUID()
    expectProblem(await post(polarDelivery('guess', event(clerkId), { id })), 401, 'invalid_signature')
    expect(await storedEvent(id)).toBeNull()
    const answer = await post(polarDelivery(webhookSecret, event(clerkId), { id }))
    expect(answer.body).toEqual({ duplicate: false, status: 'processed' })
  })

  it.each([
    ['no JSON at all', 'surely not JSON'],
    ['null', 'null'],
    ['a list', '[]'],
    ['no type', '{"data":{}}'],
    ['an empty type', '{"type":"","data":{}}'],
    ['a type that is no text', '{"type":7,"data":{}}'],
  ])('refuses a genuine body with %s as invalid input', async (_name, body) => {
    const id = randomUUID()
    const sentAt = Math.floor(Date.now() / 1000)
    const signature = createHmac('sha256', webhookSecret).update(`${id}.${sentAt}.${body}`).digest('base64')
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(sentAt),
      'webhook-signature': `v1,${signature}`,
    }
    expectProblem(await post({ headers, body }), 400, 'invalid_input')
    expect(await storedEvent(id)).toBeNull()
  })

  it('refuses an empty body, another media type and another method', async () => {
    const { headers, body } = polarDelivery(webhookSecret, event('user_nobody'))
    expectProblem(await post({ headers, body: '' }), 400, 'invalid_input')
    const asText = { ...headers, 'content-type': 'text/plain' }
    expectProblem(await post({ headers: asText, body }), 415, 'unsupported_media_type')
    expectProblem(await call('GET', '/api/polar/webhook'), 405, 'method_not_allowed')
  })
})
