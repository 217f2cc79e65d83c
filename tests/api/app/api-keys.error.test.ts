import { describe, expect, it } from 'vitest'
import { ApiKey } from '../../../models/api-key.ts'
import { expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'

const path = '/api/app/api-keys'
const nobody = '507f1f77bcf86cd799439011'

describe('POST /api/app/api-keys: bad input', () => {
  it.each<[string, unknown, string]>([
    ['an empty name', { name: '' }, 'name'],
    ['a blank name', { name: ' \t ' }, 'name'],
    ['a name over 100 characters', { name: 'x'.repeat(101) }, 'name'],
    ['a name that is no text', { name: 7 }, 'name'],
    ['a name that is an operator', { name: { $ne: 1 } }, 'name'],
    ['an unknown field', { name: 'x', role: 'admin' }, 'role'],
    ['a chosen key', { key: 'tc_live_mine' }, 'key'],
    ['a chosen owner', { clerkId: 'user_x' }, 'clerkId'],
    ['an expiry in the past', { expiresAt: new Date(Date.now() - 1000).toISOString() }, 'expiresAt'],
    ['an expiry without a time zone', { expiresAt: '2099-01-01T00:00:00' }, 'expiresAt'],
    ['an expiry that is a number', { expiresAt: Date.now() + 60_000 }, 'expiresAt'],
    ['an expiry that is no date', { expiresAt: '2099-02-30T00:00:00Z' }, 'expiresAt'],
    ['a list', [], ''],
    ['a text', 'name', ''],
  ])('refuses %s and makes nothing', async (_what, json, at) => {
    const tenant = await freshTenant()
    const answer = await tenant.call('POST', path, { json })
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toEqual([at])
    expect(await ApiKey.countDocuments({ clerkId: tenant.clerkId })).toBe(0)
  })

  it('takes a name of exactly 100 characters, not counting the blanks around it', async () => {
    const tenant = await freshTenant()
    const answer = await tenant.call('POST', path, { json: { name: ` ${'x'.repeat(100)} ` } })
    expectStatus(answer, 201)
    expect(answer.body.name).toBe('x'.repeat(100))
  })

  it('refuses what is no JSON', async () => {
    const tenant = await freshTenant()
    const json = { 'Content-Type': 'application/json' }
    expectProblem(await tenant.call('POST', path, { body: '{', headers: json }), 400, 'invalid_input')
    const text = { 'Content-Type': 'text/plain' }
    expectProblem(
      await tenant.call('POST', path, { body: '{}', headers: text }),
      415,
      'unsupported_media_type',
    )
    const huge = { name: 'x'.repeat(1024 * 1024) }
    expectProblem(await tenant.call('POST', path, { json: huge }), 413, 'too_large')
  })

  it.each(['', 'Restore', 'delete'])('refuses the action %j', async action => {
    const answer = await (await freshTenant()).call('POST', `${path}?action=${action}`, { json: {} })
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors[0].path).toBe('action')
  })
})

describe('GET /api/app/api-keys: bad input', () => {
  it.each(['limit=0', 'limit=101', 'limit=-1', 'limit=1.5', 'limit=x', 'cursor=x', 'includeRevoked=perhaps'])(
    'refuses %s',
    async query => {
      const answer = await (await freshTenant()).call('GET', `${path}?${query}`)
      expectProblem(answer, 400, 'invalid_input')
      expect(answer.body.errors[0].path).toBe(query.split('=')[0])
    },
  )
})

describe('DELETE /api/app/api-keys, restore and rotate: bad input', () => {
  it.each(['x', nobody.toUpperCase(), nobody.slice(1), '', '[$ne]=1'])('refuses the id %j', async keyId => {
    const tenant = await freshTenant()
    const query = `keyId=${encodeURIComponent(keyId)}`
    expectProblem(await tenant.call('DELETE', `${path}?${query}`), 400, 'invalid_input')
    for (const action of ['restore', 'rotate'])
      expectProblem(await tenant.call('POST', `${path}?action=${action}&${query}`), 400, 'invalid_input')
    expectProblem(await tenant.call('DELETE', path, { json: { keyId } }), 400, 'invalid_input')
  })

  it('refuses to guess which key', async () => {
    const tenant = await freshTenant()
    expectProblem(await tenant.call('DELETE', path), 400, 'invalid_input')
    expectProblem(await tenant.call('DELETE', path, { json: {} }), 400, 'invalid_input')
    for (const action of ['restore', 'rotate'])
      expectProblem(await tenant.call('POST', `${path}?action=${action}`), 400, 'invalid_input')
    const answer = await tenant.call('DELETE', path, { json: { keyId: nobody, all: true } })
    expectProblem(answer, 400, 'invalid_input')
  })

  it('does not know an id nobody has', async () => {
    const tenant = await freshTenant()
    expectProblem(await tenant.call('DELETE', `${path}?keyId=${nobody}`), 404, 'not_found')
    for (const action of ['restore', 'rotate'])
      expectProblem(await tenant.call('POST', `${path}?action=${action}&keyId=${nobody}`), 404, 'not_found')
  })

  it.each(['PUT', 'PATCH'])('refuses %s with Allow', async method => {
    const answer = await (await freshTenant()).call(method, path)
    expectProblem(answer, 405, 'method_not_allowed')
    expect(answer.headers.get('allow')).toBe('GET, POST, DELETE, HEAD, OPTIONS')
  })
})
