import { compare, getRounds } from 'bcryptjs'
import { describe, expect, it } from 'vitest'
import { ApiKey } from '../../../models/api-key.ts'
import { call, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { checksumOf } from '../../lib/keys/forms.ts'

const path = '/api/app/api-keys'
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

describe('POST /api/app/api-keys', () => {
  it('shows the key in its documented form', async () => {
    const tenant = await freshTenant()
    const answer = await tenant.call('POST', path, { json: { name: '  Production server  ' } })
    expectStatus(answer, 201)
    const { key } = answer.body
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      key: expect.stringMatching(/^tc_live_[0-9A-Za-z]{38}$/),
      keyPrefix: key.slice(0, 20),
      name: 'Production server',
      createdAt: expect.stringMatching(ISO),
      expiresAt: null,
    })
    expect(key.slice(40)).toBe(checksumOf(key.slice(0, 40)))
    expectStatus(await call('GET', '/api/app/me', { headers: { 'X-API-Key': key } }), 200)
  })

  it.each([
    ['an empty object', { json: {} }],
    ['nothing', {}],
  ])('takes %s', async (_what, options) => {
    const answer = await (await freshTenant()).call('POST', path, options)
    expectStatus(answer, 201)
    expect(answer.body.name).toBeNull()
  })

  it('keeps nothing but a bcrypt hash and the prefix', async () => {
    const tenant = await freshTenant()
    const { id, key } = await tenant.newKey()
    const stored = await ApiKey.collection.findOne({ clerkId: tenant.clerkId })
    expect(stored?._id.toHexString()).toBe(id)
    expect(stored?.keyPrefix).toBe(key.slice(0, 20))
    expect(await compare(key, stored?.keyHash)).toBe(true)
    expect(getRounds(stored?.keyHash)).toBeLessThan(10)
    expect(JSON.stringify(stored)).not.toContain(key.slice(20))
    expect(JSON.stringify(stored)).not.toContain(key.slice(20, 40))
  })

  it('lets a key expire at a moment in any time zone', async () => {
    const tenant = await freshTenant()
    const moment = new Date(Date.now() + 3_600_000)
    const inParis = `${new Date(moment.getTime() + 7_200_000).toISOString().slice(0, -1)}+02:00`
    const answer = await tenant.call('POST', path, { json: { expiresAt: inParis } })
    expectStatus(answer, 201)
    expect(answer.body.expiresAt).toBe(moment.toISOString())
    const { data } = (await tenant.call('GET', path)).body
    expect(data[0].expiresAt).toBe(moment.toISOString())
  })
})

describe('GET /api/app/api-keys', () => {
  it('lists keys newest first, without hash or secret', async () => {
    const tenant = await freshTenant()
    const [first, second] = [await tenant.newKey('first'), await tenant.newKey('second')]
    const answer = await tenant.call('GET', path)
    expectStatus(answer, 200)
    const view = (key: typeof first, name: string) => ({
      id: key.id,
      keyPrefix: key.key.slice(0, 20),
      name,
      createdAt: expect.stringMatching(ISO),
      lastUsedAt: null,
      expiresAt: null,
      revokedAt: null,
    })
    expect(answer.body).toEqual({
      data: [view(second, 'second'), view(first, 'first')],
      nextCursor: null,
    })
  })

  it('shows revoked keys only on request', async () => {
    const tenant = await freshTenant()
    const [kept, revoked] = [await tenant.newKey(), await tenant.newKey()]
    const { body } = await tenant.call('DELETE', `${path}?keyId=${revoked.id}`)
    const ids = async (query: string) => {
      const answer = await tenant.call('GET', path + query)
      expectStatus(answer, 200)
      return answer.body.data.map(({ id, revokedAt }: Record<string, string>) => [id, revokedAt])
    }
    const all = [
      [revoked.id, body.revokedAt],
      [kept.id, null],
    ]
    for (const query of ['', '?includeRevoked=false', '?includeRevoked=0'])
      expect(await ids(query)).toEqual([[kept.id, null]])
    for (const query of ['?includeRevoked', '?includeRevoked=true', '?includeRevoked=1'])
      expect(await ids(query)).toEqual(all)
  })

  it.each(['', '&includeRevoked=true'])('pages through every key once (%j)', async filter => {
    const tenant = await freshTenant({ plan: 'professional' })
    const made: string[] = []
    for (let count = 0; count < 5; count++) made.unshift((await tenant.newKey()).id)
    const seen: string[] = []
    let [cursor, pages] = ['', 0]
    do {
      const answer = await tenant.call('GET', `${path}?limit=2${filter}${cursor && `&cursor=${cursor}`}`)
      expectStatus(answer, 200)
      seen.push(...answer.body.data.map(({ id }: { id: string }) => id))
      cursor = answer.body.nextCursor
      pages++
    } while (cursor)
    expect(seen).toEqual(made)
    expect(pages).toBe(3)
  })

  it('is empty for a new tenant', async () => {
    const answer = await (await freshTenant()).call('GET', path)
    expect(answer.body).toEqual({ data: [], nextCursor: null })
  })
})
