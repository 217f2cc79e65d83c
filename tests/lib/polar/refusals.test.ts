import { afterAll, expect, it } from 'vitest'
import { AppError } from '../../../lib/errors.ts'
import * as polar from '../../../lib/polar/client.ts'
import { isPolarAway } from '../../../lib/polar/refusals.ts'
import { unauthorized } from '../../../scripts/local/polar/errors.ts'
import { refusal, startFake } from './fake.ts'

const fake = await startFake()
afterAll(fake.close)
// Settings are read when the first question is asked.
process.env.POLAR_API_URL = fake.url

const id = 'b5ac1f2e-52f7-4f5c-8f6e-0f6c2d8d1a01'

/** What asking about a customer fails with. */
const faultOf = () =>
  polar.getCustomerState({ customerId: id }, { until: performance.now() + 1_000 }).then(
    () => null,
    (error: unknown) => error,
  )

it.each([
  ['fails', () => new Response('oops', { status: 500 })],
  ['limits us', () => Response.json({}, { status: 429, headers: { 'Retry-After': '9' } })],
  ['refuses the token', unauthorized],
  ['refuses the scope', () => Response.json({ error: 'insufficient_scope' }, { status: 403 })],
  ['does not answer', () => new Promise<Response>(() => {})],
])('Polar is away for everybody when it %s', async (_name, answer) => {
  fake.answerWith(answer)
  expect(isPolarAway(await faultOf())).toBe(true)
})

it('nor is it there when nothing listens', () => {
  const cause = Object.assign(new Error('fetch failed'), { name: 'PolarNetworkError' })
  expect(isPolarAway(new AppError('unavailable', 'away', {}, { cause }))).toBe(true)
})

it.each([
  ['dislikes the question', () => refusal('query', 'organization_id')],
  ['answers something else', () => Response.json({ hello: 'world' })],
  ['has moved', () => Response.json({ detail: 'Not Found' }, { status: 404 })],
])('it may be about this customer alone that it %s', async (_name, answer) => {
  fake.answerWith(answer)
  expect(await faultOf()).toMatchObject({ code: 'unavailable' })
  expect(isPolarAway(await faultOf())).toBe(false)
})

it('a fault of ours is no word of Polar', () => {
  expect(isPolarAway(new Error('ours'))).toBe(false)
  expect(isPolarAway(null)).toBe(false)
})
