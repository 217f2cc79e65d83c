import { Webhook } from 'svix'
import { describe, expect, it } from 'vitest'
import { clerkDelivery, clerkUserData } from '../../../scripts/local/clerk/webhooks.ts'
import { type Answer, call, expectProblem } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { deliverClerk } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { expectOutcome, freshClerkId, storedUser } from './identity.ts'

const foreignSecret = `whsec_${Buffer.from('a secret of somebody else').toString('base64')}`

type Parts = ReturnType<typeof clerkDelivery>

/** A genuine creation, bent by `bend` on its way. */
async function deliverBent(bend: (genuine: Parts) => Parts): Promise<{ id: string; answer: Answer }> {
  const id = freshClerkId()
  const genuine = clerkDelivery(services.clerk.webhookSecret, {
    type: 'user.created',
    data: clerkUserData({ id, role: 'admin' }),
  })
  const { headers, body } = bend(genuine)
  return { id, answer: await call('POST', '/api/webhooks/clerk', { headers, body }) }
}

const withHeaders =
  (change: (headers: Record<string, string>) => Record<string, string | undefined>) =>
  ({ headers, body }: Parts): Parts => {
    const changed = Object.entries({ ...headers, ...change(headers) })
    return { headers: Object.fromEntries(changed.filter(([, value]) => value !== undefined)) as never, body }
  }

const signedBy = (secret: string, id: string, body: string, at = new Date()) =>
  new Webhook(secret).sign(id, at, body)

describe('POST /api/webhooks/clerk: signatures', () => {
  it.each<[string, (genuine: Parts) => Parts]>([
    ['no svix-id', withHeaders(() => ({ 'svix-id': undefined }))],
    ['no svix-timestamp', withHeaders(() => ({ 'svix-timestamp': undefined }))],
    ['no svix-signature', withHeaders(() => ({ 'svix-signature': undefined }))],
    ['an empty signature', withHeaders(() => ({ 'svix-signature': '' }))],
    [
      'no signature headers at all',
      ({ body }) => ({ headers: { 'content-type': 'application/json' }, body }),
    ],
    ['another id', withHeaders(() => ({ 'svix-id': 'msg_other' }))],
    [
      'another timestamp',
      withHeaders(({ 'svix-timestamp': at }) => ({ 'svix-timestamp': String(Number(at) - 1) })),
    ],
    ['a timestamp that is none', withHeaders(() => ({ 'svix-timestamp': 'now' }))],
    ['one space more in the body', ({ headers, body }) => ({ headers, body: `${body} ` })],
    ['another id in the body', ({ headers, body }) => ({ headers, body: body.replaceAll('user_', 'USER_') })],
    [
      'a foreign secret',
      ({ headers, body }) => ({
        headers: { ...headers, 'svix-signature': signedBy(foreignSecret, headers['svix-id'] ?? '', body) },
        body,
      }),
    ],
    [
      'the signature of another version',
      withHeaders(({ 'svix-signature': signature }) => ({
        'svix-signature': signature?.replace('v1,', 'v2,'),
      })),
    ],
    [
      'a shortened signature',
      withHeaders(({ 'svix-signature': signature }) => ({ 'svix-signature': signature?.slice(0, -4) })),
    ],
  ])('refuses %s', async (_what, bend) => {
    const { id, answer } = await deliverBent(bend)
    expectProblem(answer, 401, 'invalid_signature')
    expect(await storedUser(id)).toBeNull()
  })

  it('asks the database nothing for a forgery', async () => {
    const commands = await commandsOf(() => deliverBent(withHeaders(() => ({ 'svix-id': 'msg_other' }))))
    expect(commands).toEqual([])
  })

  it('accepts one good signature among others', async () => {
    const { id, answer } = await deliverBent(
      withHeaders(({ 'svix-signature': signature }) => ({
        'svix-signature': `v1,${Buffer.alloc(32).toString('base64')} v2,abc ${signature}`,
      })),
    )
    expectOutcome(answer, 'created')
    expect((await storedUser(id))?.role).toBe('admin')
  })

  it.each([
    ['310 s ago', -310],
    ['in 310 s', 310],
    ['an hour ago', -3600],
  ])('refuses a delivery signed %s', async (_when, seconds) => {
    const id = freshClerkId()
    const timestamp = new Date(Date.now() + seconds * 1000)
    expectProblem(
      await deliverClerk('user.created', clerkUserData({ id }), { timestamp }),
      401,
      'invalid_signature',
    )
    expect(await storedUser(id)).toBeNull()
  })

  it.each([-290, 290])('accepts a clock that is %i s off', async seconds => {
    const timestamp = new Date(Date.now() + seconds * 1000)
    expectOutcome(
      await deliverClerk('user.created', clerkUserData({ id: freshClerkId() }), { timestamp }),
      'created',
    )
  })
})
