import { Webhook } from 'svix'
import { describe, expect, it } from 'vitest'
import { User } from '../../../models/user.ts'
import { clerkDelivery, clerkUserData } from '../../../scripts/local/clerk/webhooks.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { deliverClerk } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { freshClerkId, storedUser } from './identity.ts'

const path = '/api/webhooks/clerk'

/** Delivers a text signed with the right secret. */
function deliverText(body: string, contentType = 'application/json') {
  const now = new Date()
  const headers = {
    'content-type': contentType,
    'svix-id': 'msg_text',
    'svix-timestamp': String(Math.floor(now.getTime() / 1000)),
    'svix-signature': new Webhook(services.clerk.webhookSecret).sign('msg_text', now, body),
  }
  return call('POST', path, { headers, body })
}

describe('POST /api/webhooks/clerk: signed but malformed', () => {
  it.each(['not json', '{"type":', 'null', '42', '"text"', '[]', '{}', '{"type":7,"data":{}}'])(
    'answers 400 to %j',
    async body => expectProblem(await deliverText(body), 400, 'invalid_input'),
  )

  const { email_addresses, ...withoutAddresses } = clerkUserData({ id: 'user_x' })
  it.each([
    ['no data', undefined],
    ['null', null],
    ['a text', 'user_x'],
    ['no id', { ...clerkUserData({ id: 'user_x' }), id: undefined }],
    ['an empty id', clerkUserData({ id: '' })],
    ['an id that is an operator', { ...clerkUserData({ id: 'user_x' }), id: { $ne: null } }],
    ['no updated_at', { ...clerkUserData({ id: 'user_x' }), updated_at: undefined }],
    ['a textual updated_at', { ...clerkUserData({ id: 'user_x' }), updated_at: '1700000000000' }],
    ['addresses that are none', { ...withoutAddresses, email_addresses: 'a@b.c' }],
    ['an address without text', { ...withoutAddresses, email_addresses: [{ id: 'idn_1' }] }],
    ['a name that is an object', { ...clerkUserData({ id: 'user_x' }), first_name: { $set: 1 } }],
  ])('refuses a user with %s and changes nothing', async (_what, data) => {
    const before = await User.estimatedDocumentCount().setOptions({ acrossTenants: true })
    for (const type of ['user.created', 'user.updated']) {
      const answer = await deliverClerk(type, data)
      expectProblem(answer, 400, 'invalid_input')
      expect(answer.body.errors.length).toBeGreaterThan(0)
    }
    expect(await User.estimatedDocumentCount().setOptions({ acrossTenants: true })).toBe(before)
    expect(await storedUser('user_x')).toBeNull()
    expect(email_addresses).toHaveLength(1)
  })

  it.each([undefined, null, {}, { id: '' }, { id: 7 }, { id: { $ne: null } }])(
    'refuses the deletion of %j',
    async data => expectProblem(await deliverClerk('user.deleted', data), 400, 'invalid_input'),
  )
})

describe('POST /api/webhooks/clerk: what is no delivery', () => {
  it('refuses another content type', async () => {
    expectProblem(await deliverText('{}', 'text/plain'), 415, 'unsupported_media_type')
  })

  it('refuses an empty body', async () => {
    expectProblem(
      await call('POST', path, { headers: { 'content-type': 'application/json' } }),
      400,
      'invalid_input',
    )
  })

  it('refuses more than a megabyte', async () => {
    const id = freshClerkId()
    const data = { ...clerkUserData({ id }), first_name: 'x'.repeat(1024 * 1024) }
    expectProblem(await deliverClerk('user.created', data), 413, 'too_large')
    expect(await storedUser(id)).toBeNull()
  })

  it.each(['GET', 'PUT', 'PATCH', 'DELETE'])('refuses %s', async method => {
    const answer = await call(method, path)
    expectProblem(answer, 405, 'method_not_allowed')
    expect(answer.headers.get('allow')).toBe('POST, OPTIONS')
  })

  it('needs no credential and does not look at one', async () => {
    const { headers, body } = clerkDelivery(services.clerk.webhookSecret, { type: 'session.ended', data: {} })
    expectStatus(
      await call('POST', path, { headers: { ...headers, Authorization: 'Bearer nonsense' }, body }),
      200,
    )
  })
})
