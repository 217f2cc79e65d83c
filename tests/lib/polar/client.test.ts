import { afterAll, describe, expect, it } from 'vitest'
import * as polar from '../../../lib/polar/client.ts'
import { notFound, unauthorized } from '../../../scripts/local/polar/errors.ts'
import { refusal, startFake } from './fake.ts'

const fake = await startFake()
afterAll(fake.close)
// Settings are read when the first question is asked.
process.env.POLAR_API_URL = fake.url

const id = 'b5ac1f2e-52f7-4f5c-8f6e-0f6c2d8d1a01'
const wish = { productId: id, externalId: 'user_ada', email: 'ada@example.com' }
const state = { id, external_id: 'user_ada', active_subscriptions: [] }

const away = { name: 'AppError', code: 'unavailable', message: expect.stringContaining('billing service') }

describe('when Polar gives no answer', () => {
  it.each([
    ['fails', () => new Response('oops', { status: 500 }), 3],
    ['is overloaded', () => new Response('busy', { status: 503 }), 3],
    ['answers no JSON', () => new Response('<html>'), 3],
    ['answers something else', () => Response.json({ hello: 'world' }), 3],
    ['limits us', () => Response.json({}, { status: 429 }), 3],
    [
      'limits us for longer than anybody waits',
      () => Response.json({}, { status: 429, headers: { 'Retry-After': '60' } }),
      1,
    ],
    ['refuses the token', unauthorized, 1],
    ['refuses the scope', () => Response.json({ error: 'insufficient_scope' }, { status: 403 }), 1],
    ['has moved', () => Response.json({ detail: 'Not Found' }, { status: 404 }), 1],
    ['dislikes something unexpected', () => refusal('query', 'organization_id'), 1],
  ])('that it %s is "unavailable", after a bounded number of tries', async (_name, answer, tries) => {
    fake.answerWith(answer)
    const questions = [
      polar.getCustomerState({ customerId: id }),
      polar.createCheckout(wish),
      polar.getCheckout(id),
      polar.createPortalSession({ externalId: 'user_ada' }),
      polar.getCustomerState({ externalId: 'user_ada' }),
      polar.listActiveCustomers().next(),
    ]
    await Promise.all(questions.map(question => expect(question).rejects.toMatchObject(away)))
    expect(fake.asked()).toHaveLength(tries * questions.length)
  })

  it('keeps the cause for the log', async () => {
    fake.answerWith(() => Response.json({}, { status: 429 }))
    await expect(polar.getCheckout(id)).rejects.toMatchObject({ cause: { statusCode: 429 } })
  })

  it.each([
    [401, unauthorized],
    [403, () => Response.json({ error: 'insufficient_scope' }, { status: 403 })],
  ])('tells that it refuses us (%i) from that it is away', async (status, answer) => {
    fake.answerWith(answer)
    await expect(polar.getCheckout(id)).rejects.toMatchObject({
      code: 'unavailable',
      message: `The billing service refuses this deployment (status ${status}).`,
      cause: { statusCode: status },
    })
    fake.answerWith(() => new Response('busy', { status: 503 }))
    await expect(polar.getCheckout(id)).rejects.toMatchObject({
      message: 'The billing service cannot be reached just now.',
    })
  })

  it('waits for nobody for ever, nor for an answer that never ends', async () => {
    const endless = () =>
      new Response(new ReadableStream({ start: stream => stream.enqueue(Buffer.from('{')) }))
    fake.answerWith(request => (request.url.endsWith(id) ? endless() : new Promise(() => {})))
    const start = performance.now()
    const questions = [polar.getCheckout(id), polar.getCheckout('another')]
    await Promise.all(questions.map(question => expect(question).rejects.toMatchObject(away)))
    expect(performance.now() - start).toBeLessThan(15_000)
  })

  it('asks again after a failure that passes', async () => {
    fake.answerWith(() =>
      fake.asked().length < 3 ? new Response('oops', { status: 502 }) : Response.json(state),
    )
    expect(await polar.getCustomerState({ externalId: 'user_ada' })).toEqual(state)
  })

  it('waits as long as it is asked to', async () => {
    const limited = () => Response.json({}, { status: 429, headers: { 'Retry-After': '1' } })
    fake.answerWith(() => (fake.asked().length < 2 ? limited() : Response.json(state)))
    const start = performance.now()
    await polar.getCustomerState({ externalId: 'user_ada' })
    expect(performance.now() - start).toBeGreaterThan(990)
  })
})

describe('when there is no such object', () => {
  it('answers null', async () => {
    fake.answerWith(notFound)
    expect(await polar.getCheckout(id)).toBeNull()
    expect(await polar.getCustomerState({ externalId: 'user_ada' })).toBeNull()
    expect(await polar.getCustomerState({ customerId: id })).toBeNull()
    expect(fake.asked().map(({ path }) => path)).toEqual([
      `/v1/checkouts/${id}`,
      '/v1/customers/external/user_ada/state',
      `/v1/customers/${id}/state`,
    ])
  })

  it('nor one for such an id', async () => {
    fake.answerWith(() => refusal('path', 'id'))
    expect(await polar.getCustomerState({ customerId: 'old-id' })).toBeNull()
    fake.answerWith(() => refusal('body', 'external_customer_id'))
    expect(await polar.createPortalSession({ externalId: 'user_ada' })).toBeNull()
    fake.answerWith(() => refusal('body', 'customer_id'))
    expect(await polar.createPortalSession({ customerId: id })).toBeNull()
  })
})

describe('beginning a checkout', () => {
  const created = { id, url: 'https://polar.example/pay' }

  it('sends what the customer is to have', async () => {
    fake.answerWith(() => Response.json({ ...created, more: true }, { status: 201 }))
    const successUrl = 'https://app.example.com/paid'
    expect(await polar.createCheckout({ ...wish, successUrl })).toEqual(created)
    expect(fake.asked()[0]?.body).toEqual({
      products: [id],
      external_customer_id: 'user_ada',
      customer_email: 'ada@example.com',
      success_url: successUrl,
    })
  })

  it('goes without an address that Polar takes for undeliverable', async () => {
    fake.answerWith(() =>
      fake.asked().length === 1 ? refusal('body', 'customer_email') : Response.json(created),
    )
    expect(await polar.createCheckout(wish)).toEqual(created)
    expect(fake.asked()[1]?.body).toEqual({ products: [id], external_customer_id: 'user_ada' })
  })

  it('says that the page to return to is no good', async () => {
    fake.answerWith(() => refusal('body', 'success_url'))
    const refused = polar.createCheckout({ ...wish, successUrl: 'http://x' })
    await expect(refused).rejects.toMatchObject({
      code: 'invalid_input',
      extras: { errors: [{ path: 'successUrl' }] },
    })
  })

  it('a product that Polar does not have is our fault, not the caller’s', async () => {
    fake.answerWith(() => refusal('body', 'products'))
    await expect(polar.createCheckout(wish)).rejects.toMatchObject(away)
  })
})

it('lists the customers of all pages, also those without an external id', async () => {
  const item = (name: string, external_id: string | null) => ({
    customer: { id: `id ${name}`, external_id, email: `${name}@example.com` },
  })
  const pages = [[item('a', 'user_a'), item('b', null)], [{ customer: { id: 'id c' } }], []]
  fake.answerWith(request => {
    const page = Number(new URL(request.url).searchParams.get('page'))
    return Response.json({ items: pages[page - 1], pagination: { total_count: 3, max_page: 3 } })
  })
  const listed: unknown[] = []
  for await (const customers of polar.listActiveCustomers()) listed.push(customers)
  expect(listed).toEqual([
    [
      { id: 'id a', externalId: 'user_a', email: 'a@example.com' },
      { id: 'id b', externalId: null, email: 'b@example.com' },
    ],
    [{ id: 'id c', externalId: null, email: null }],
    [],
  ])
  expect(fake.asked()).toHaveLength(3)
  expect(fake.asked()[0]?.path).toContain('active=true')
})

describe('a moment by which the answer must be there', () => {
  const soon = () => ({ until: performance.now() + 300 })
  const questions = [
    ['a customer', () => polar.getCustomerState({ customerId: id }, soon())],
    ['a subscription', () => polar.getSubscription(id, soon())],
    ['a page of customers', () => polar.listActiveCustomers(soon()).next()],
  ] as const

  it.each(questions)('ends a try for %s', async (_name, question) => {
    fake.answerWith(() => new Promise(() => {}))
    const start = performance.now()
    await expect(question()).rejects.toMatchObject(away)
    expect(performance.now() - start, 'one try alone may take 5 s').toBeLessThan(4_000)
  })

  it.each(questions)('leaves no time to wait for %s', async (_name, question) => {
    fake.answerWith(() => Response.json({}, { status: 429, headers: { 'Retry-After': '2' } }))
    await expect(question()).rejects.toMatchObject({ ...away, cause: { statusCode: 429 } })
    expect(fake.asked()).toHaveLength(1)
  })

  it('that has passed asks nothing', async () => {
    fake.answerWith(() => Response.json(state))
    const asked = polar.getCustomerState({ customerId: id }, { until: performance.now() - 1 })
    await expect(asked).rejects.toMatchObject({ ...away, cause: { message: 'no time was left to ask' } })
    expect(fake.asked()).toEqual([])
  })
})
