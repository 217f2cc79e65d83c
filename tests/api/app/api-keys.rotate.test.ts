import { compare, getRounds } from 'bcryptjs'
import { describe, expect, it } from 'vitest'
import { ApiKey } from '../../../models/api-key.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { newLegacyKey, storeLegacyKey } from '../../lib/keys/forms.ts'

const path = '/api/app/api-keys'
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const HOUR_MS = 3_600_000

const me = (key: string) => call('GET', '/api/app/me', { headers: { 'X-API-Key': key } })
const rotate = (tenant: Tenant, id: string, graceSeconds?: number) =>
  tenant.call(
    'POST',
    `${path}?action=rotate&keyId=${id}${graceSeconds === undefined ? '' : `&graceSeconds=${graceSeconds}`}`,
  )
const revoke = (tenant: Tenant, id: string) => tenant.call('DELETE', `${path}?keyId=${id}`)
const restore = (tenant: Tenant, id: string) => tenant.call('POST', `${path}?action=restore&keyId=${id}`)
const stored = ({ clerkId }: Tenant, id: string) => ApiKey.findOne({ _id: id, clerkId }).lean()
const set = ({ clerkId }: Tenant, id: string, fields: object) =>
  ApiKey.updateOne({ _id: id, clerkId }, { $set: fields })

/** Rotates a key, which must succeed. */
async function rotated(tenant: Tenant, id: string, graceSeconds?: number) {
  const answer = await rotate(tenant, id, graceSeconds)
  expectStatus(answer, 201)
  return answer.body
}

describe('POST /api/app/api-keys?action=rotate', () => {
  it('answers a new key in the shape of a created one, and what it replaces', async () => {
    const tenant = await freshTenant()
    const old = await tenant.newKey('Production')
    const start = Date.now()
    const body = await rotated(tenant, old.id, 3_600)
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{24}$/),
      key: expect.stringMatching(/^tc_live_[0-9A-Za-z]{38}$/),
      keyPrefix: body.key.slice(0, 20),
      name: 'Production',
      createdAt: expect.stringMatching(ISO),
      expiresAt: null,
      replaces: { id: old.id, expiresAt: expect.stringMatching(ISO) },
    })
    expect(body.id).not.toBe(old.id)
    const ends = Date.parse(body.replaces.expiresAt) - HOUR_MS
    expect(ends).toBeGreaterThanOrEqual(start)
    expect(ends).toBeLessThanOrEqual(Date.now())
    expectStatus(await me(body.key), 200)
  })

  it('keeps nothing of the new key but a bcrypt hash and the prefix', async () => {
    const tenant = await freshTenant()
    const { id, key } = await rotated(tenant, (await tenant.newKey()).id)
    const found = await ApiKey.collection.findOne({ clerkId: tenant.clerkId, keyPrefix: key.slice(0, 20) })
    expect(found?._id.toHexString()).toBe(id)
    expect(await compare(key, found?.keyHash)).toBe(true)
    expect(getRounds(found?.keyHash)).toBeLessThan(10)
    expect(JSON.stringify(found)).not.toContain(key.slice(20, 40))
  })

  it.each([undefined, 0])('stops a warm old key at once with a grace of %s', async graceSeconds => {
    const tenant = await freshTenant()
    const old = await tenant.newKey()
    for (let count = 0; count < 3; count++) expectStatus(await me(old.key), 200)
    const { key, replaces } = await rotated(tenant, old.id, graceSeconds)
    expectProblem(await me(old.key), 401, 'unauthenticated')
    expectStatus(await me(key), 200)
    expect(Date.parse(replaces.expiresAt)).toBeLessThanOrEqual(Date.now())
    // Another instance's clock may be behind: what stops the key must not depend on it.
    expect((await stored(tenant, old.id))?.revokedAt?.toISOString()).toBe(replaces.expiresAt)
  })

  it('lets both keys work until the grace period ends', async () => {
    const tenant = await freshTenant()
    const old = await tenant.newKey()
    const { key, replaces } = await rotated(tenant, old.id, 86_400)
    for (const one of [old.key, key]) expect((await me(one)).body.clerkId).toBe(tenant.clerkId)
    expect((await stored(tenant, old.id))?.expiresAt?.toISOString()).toBe(replaces.expiresAt)
    await set(tenant, old.id, { expiresAt: new Date(Date.now() - 1) })
    expectProblem(await me(old.key), 401, 'unauthenticated')
    expectStatus(await me(key), 200)
  })

  it('ends a grace period by the clock', async () => {
    const tenant = await freshTenant()
    const old = await tenant.newKey()
    const { replaces } = await rotated(tenant, old.id, 1)
    const left = Date.parse(replaces.expiresAt) - Date.now()
    await new Promise(resolve => setTimeout(resolve, Math.max(0, left) + 5))
    expectProblem(await me(old.key), 401, 'unauthenticated')
  })

  it('hands the expiry on, and never lengthens the old key’s life', async () => {
    const tenant = await freshTenant()
    const expiresAt = new Date(Date.now() + HOUR_MS).toISOString()
    const create = () => tenant.call('POST', path, { json: { expiresAt } })
    const [long, short] = [(await create()).body, (await create()).body]
    const one = await rotated(tenant, long.id, 86_400)
    expect(one).toMatchObject({ expiresAt, replaces: { id: long.id, expiresAt } })
    const other = await rotated(tenant, short.id, 60)
    expect(other.expiresAt).toBe(expiresAt)
    expect(Date.parse(other.replaces.expiresAt)).toBeLessThanOrEqual(Date.now() + 60_000)
    expect((await stored(tenant, one.id))?.expiresAt?.toISOString()).toBe(expiresAt)
  })

  it('rotates a key from before checksums', async () => {
    const tenant = await freshTenant()
    const legacy = newLegacyKey()
    const id = await storeLegacyKey(tenant.clerkId, legacy)
    const { key, name, keyPrefix } = await rotated(tenant, id, 60)
    expect({ name, keyPrefix }).toEqual({ name: 'old', keyPrefix: key.slice(0, 20) })
    for (const one of [legacy, key]) expectStatus(await me(one), 200)
  })

  it('rotates a new key in its turn, each old one keeping its own time', async () => {
    const tenant = await freshTenant()
    const first = await tenant.newKey()
    const second = await rotated(tenant, first.id, 3_600)
    const third = await rotated(tenant, second.id, 60)
    for (const { key } of [first, second, third]) expectStatus(await me(key), 200)
    expect((await stored(tenant, first.id))?.expiresAt?.toISOString()).toBe(second.replaces.expiresAt)
  })

  it('lists keys as before, without naming what replaced them', async () => {
    const tenant = await freshTenant()
    const old = await tenant.newKey('server')
    const fresh = await rotated(tenant, old.id, 60)
    const { data } = (await tenant.call('GET', path)).body
    const view = { name: 'server', createdAt: expect.stringMatching(ISO), lastUsedAt: null, revokedAt: null }
    expect(data).toEqual([
      { ...view, id: fresh.id, keyPrefix: fresh.keyPrefix, expiresAt: null },
      { ...view, id: old.id, keyPrefix: old.key.slice(0, 20), expiresAt: fresh.replaces.expiresAt },
    ])
  })
})

describe('what cannot be rotated', () => {
  const past = () => new Date(Date.now() - 1)
  it.each<[string, (tenant: Tenant, id: string) => Promise<unknown>]>([
    ['a revoked key', revoke],
    ['a key that has expired', (tenant, id) => set(tenant, id, { expiresAt: past() })],
    ['a key rotated already', (tenant, id) => rotated(tenant, id, 60)],
    ['a key rotated already without grace', (tenant, id) => rotated(tenant, id)],
  ])('%s, and nothing changes', async (_what, make) => {
    const tenant = await freshTenant()
    const { id } = await tenant.newKey()
    await make(tenant, id)
    const before = await ApiKey.find({ clerkId: tenant.clerkId }).lean()
    expectProblem(await rotate(tenant, id, 86_400), 409, 'conflict')
    expect(await ApiKey.find({ clerkId: tenant.clerkId }).lean()).toEqual(before)
  })

  it.each(['-1', '86401', '1.5', 'x', '1e9', 'NaN'])('a key with a grace of %s', async graceSeconds => {
    const tenant = await freshTenant()
    const { id, key } = await tenant.newKey()
    const url = `${path}?action=rotate&keyId=${id}&graceSeconds=${graceSeconds}`
    const answer = await tenant.call('POST', url)
    expectProblem(answer, 400, 'invalid_input')
    expect(answer.body.errors[0].path).toBe('graceSeconds')
    expectStatus(await me(key), 200)
  })
})

describe('revoking and restoring around a rotation', () => {
  it('revoking the new key leaves the old one its time', async () => {
    const tenant = await freshTenant()
    const old = await tenant.newKey()
    const fresh = await rotated(tenant, old.id, 60)
    const before = await stored(tenant, old.id)
    expectStatus(await revoke(tenant, fresh.id), 200)
    expect(await stored(tenant, old.id)).toEqual(before)
    expectStatus(await me(old.key), 200)
    expectProblem(await me(fresh.key), 401, 'unauthenticated')
  })

  it('revoking the old key ends its grace and leaves the new one alone', async () => {
    const tenant = await freshTenant()
    const old = await tenant.newKey()
    const fresh = await rotated(tenant, old.id, 60)
    expectStatus(await revoke(tenant, old.id), 200)
    expectProblem(await me(old.key), 401, 'unauthenticated')
    expectStatus(await me(fresh.key), 200)
  })

  it('restoring an old key gives back what is left of its grace, no more', async () => {
    const tenant = await freshTenant()
    const old = await tenant.newKey()
    const { replaces } = await rotated(tenant, old.id, 60)
    await revoke(tenant, old.id)
    expectStatus(await restore(tenant, old.id), 200)
    expectStatus(await me(old.key), 200)
    expect((await stored(tenant, old.id))?.expiresAt?.toISOString()).toBe(replaces.expiresAt)
    expectProblem(await rotate(tenant, old.id), 409, 'conflict')
  })

  it('restoring an old key whose time is over is refused', async () => {
    const tenant = await freshTenant()
    const [one, other] = [await tenant.newKey(), await tenant.newKey()]
    await rotated(tenant, one.id)
    await rotated(tenant, other.id, 60)
    await revoke(tenant, other.id)
    await set(tenant, other.id, { expiresAt: new Date(Date.now() - 1) })
    for (const { id, key } of [one, other]) {
      expectProblem(await restore(tenant, id), 409, 'conflict')
      expect((await stored(tenant, id))?.revokedAt).toBeInstanceOf(Date)
      expectProblem(await me(key), 401, 'unauthenticated')
    }
  })
})
