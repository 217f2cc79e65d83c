import { describe, expect, it } from 'vitest'
import { ApiKey } from '../../../models/api-key.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'

const path = '/api/app/api-keys'
const nobody = '507f1f77bcf86cd799439011'

describe('keys cannot manage keys', () => {
  it('not even their own', async () => {
    const tenant = await freshTenant()
    const { id, headers } = await tenant.newKey()
    for (const [method, url] of [
      ['GET', path],
      ['POST', path],
      ['DELETE', `${path}?keyId=${id}`],
      ['POST', `${path}?action=restore&keyId=${id}`],
      ['POST', `${path}?action=rotate&keyId=${id}`],
    ] as const) {
      expectProblem(await call(method, url, { headers }), 403, 'forbidden')
    }
    expect(await ApiKey.countDocuments({ clerkId: tenant.clerkId, revokedAt: null })).toBe(1)
  })
})

describe('another tenant’s key', () => {
  it('can be neither revoked, restored nor rotated, and does not change', async () => {
    const [victim, thief] = [await freshTenant(), await freshTenant()]
    const key = await victim.newKey()
    const stored = () => ApiKey.findOne({ _id: key.id, clerkId: victim.clerkId }).lean()
    const before = await stored()
    const attempts = [
      () => thief.call('DELETE', `${path}?keyId=${key.id}`),
      () => thief.call('DELETE', path, { json: { keyId: key.id } }),
      () => thief.call('POST', `${path}?action=restore&keyId=${key.id}`),
      () => thief.call('POST', `${path}?action=rotate&keyId=${key.id}`),
    ]
    for (const attempt of attempts) expectProblem(await attempt(), 404, 'not_found')
    expect(await stored()).toEqual(before)
    expectStatus(await call('GET', '/api/app/me', { headers: key.headers }), 200)
    await background.drain()

    await victim.call('DELETE', `${path}?keyId=${key.id}`)
    const revoked = await stored()
    for (const attempt of attempts) expectProblem(await attempt(), 404, 'not_found')
    expect(await stored()).toEqual(revoked)
  })

  it('answers as one that does not exist', async () => {
    const [victim, thief] = [await freshTenant(), await freshTenant()]
    const { id } = await victim.newKey()
    const headers = { 'X-Request-Id': 'same' }
    const foreign = await thief.call('DELETE', `${path}?keyId=${id}`, { headers })
    const missing = await thief.call('DELETE', `${path}?keyId=${nobody}`, { headers })
    expect(JSON.stringify(foreign.body).replace(id, nobody)).toBe(JSON.stringify(missing.body))
  })

  it('is in nobody else’s list, nor reached by its cursor', async () => {
    const [victim, thief] = [
      await freshTenant({ plan: 'professional' }),
      await freshTenant({ plan: 'professional' }),
    ]
    const own = await thief.newKey()
    for (let count = 0; count < 3; count++) await victim.newKey()
    const { nextCursor } = (await victim.call('GET', `${path}?limit=1`)).body
    for (const query of ['', `?cursor=${nextCursor}`, `?cursor=${nextCursor}&includeRevoked=true`]) {
      const { data } = (await thief.call('GET', path + query)).body
      expect(data.map(({ id }: { id: string }) => id)).toEqual([own.id])
    }
  })
})
