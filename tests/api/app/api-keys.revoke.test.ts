import { describe, expect, it } from 'vitest'
import { ApiKey } from '../../../models/api-key.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'

const path = '/api/app/api-keys'
const me = (headers: Record<string, string>) => call('GET', '/api/app/me', { headers })
const revoke = (tenant: Tenant, id: string) => tenant.call('DELETE', `${path}?keyId=${id}`)
const restore = (tenant: Tenant, id: string) => tenant.call('POST', `${path}?action=restore&keyId=${id}`)

/** Moves a key's revocation into the past. */
async function age(tenant: Tenant, id: string, ms: number): Promise<void> {
  const revokedAt = new Date(Date.now() - ms)
  await ApiKey.updateOne({ _id: id, clerkId: tenant.clerkId }, { $set: { revokedAt } })
}

describe('DELETE /api/app/api-keys', () => {
  it.each([
    ['the query', (id: string) => [`${path}?keyId=${id}`, {}] as const],
    ['a JSON body', (id: string) => [path, { json: { keyId: id } }] as const],
  ])('takes the id from %s', async (_where, request) => {
    const tenant = await freshTenant()
    const { id, headers } = await tenant.newKey()
    const [url, options] = request(id)
    const answer = await tenant.call('DELETE', url, options)
    expectStatus(answer, 200)
    const { revokedAt, restorableUntil } = answer.body
    expect(answer.body).toEqual({ id, revokedAt, restorableUntil })
    expect(Date.parse(restorableUntil) - Date.parse(revokedAt)).toBe(10_000)
    expect(Math.abs(Date.now() - Date.parse(revokedAt))).toBeLessThan(5_000)
    expectProblem(await me(headers), 401, 'unauthenticated')
  })

  it('stops a key at once, however warm it is', async () => {
    const tenant = await freshTenant()
    const { id, headers } = await tenant.newKey()
    for (let count = 0; count < 5; count++) expectStatus(await me(headers), 200)
    await revoke(tenant, id)
    const answers = await Promise.all(Array.from({ length: 5 }, () => me(headers)))
    for (const answer of answers) expectProblem(answer, 401, 'unauthenticated')
  })

  it('keeps the first time when done again', async () => {
    const tenant = await freshTenant()
    const { id } = await tenant.newKey()
    const first = await revoke(tenant, id)
    const again = await revoke(tenant, id)
    expectStatus(again, 200)
    expect(again.body).toEqual(first.body)
  })

  it('keeps one time when done ten times at once', async () => {
    const tenant = await freshTenant()
    const { id } = await tenant.newKey()
    const answers = await Promise.all(Array.from({ length: 10 }, () => revoke(tenant, id)))
    for (const answer of answers) expectStatus(answer, 200)
    expect(new Set(answers.map(({ body }) => body.revokedAt)).size).toBe(1)
  })

  it('never denies the key to its owner while it is restored', async () => {
    const tenant = await freshTenant({ plan: 'professional' })
    const { id } = await tenant.newKey()
    for (let round = 0; round < 20; round++) {
      const answers = await Promise.all(
        Array.from({ length: 6 }, (_, index) => (index % 2 ? restore : revoke)(tenant, id)),
      )
      answers.forEach(({ status }, index) => {
        expect(index % 2 ? [200, 409] : [200]).toContain(status)
      })
    }
  })

  it('leaves the other key alone', async () => {
    const tenant = await freshTenant()
    const [one, other] = [await tenant.newKey(), await tenant.newKey()]
    await revoke(tenant, one.id)
    expectStatus(await me(other.headers), 200)
  })
})

describe('POST /api/app/api-keys?action=restore', () => {
  it('brings a key back within ten seconds', async () => {
    const tenant = await freshTenant()
    const { id, headers } = await tenant.newKey()
    await revoke(tenant, id)
    await age(tenant, id, 8_000)
    const answer = await restore(tenant, id)
    expectStatus(answer, 200)
    expect(answer.body).toEqual({ id, revokedAt: null })
    expectStatus(await me(headers), 200)
  })

  it('is too late after ten', async () => {
    const tenant = await freshTenant()
    const { id, headers } = await tenant.newKey()
    await revoke(tenant, id)
    await age(tenant, id, 10_100)
    expectProblem(await restore(tenant, id), 410, 'restore_expired')
    expectProblem(await me(headers), 401, 'unauthenticated')
  })

  it('does not begin the ten seconds anew when revoked again', async () => {
    const tenant = await freshTenant()
    const { id } = await tenant.newKey()
    await revoke(tenant, id)
    await age(tenant, id, 10_100)
    await revoke(tenant, id)
    expectProblem(await restore(tenant, id), 410, 'restore_expired')
  })

  it('has nothing to do for a key that is not revoked', async () => {
    const tenant = await freshTenant()
    const { id, headers } = await tenant.newKey()
    expectProblem(await restore(tenant, id), 409, 'conflict')
    expectStatus(await me(headers), 200)
  })

  it('succeeds once of ten at once', async () => {
    const tenant = await freshTenant()
    const { id } = await tenant.newKey()
    await revoke(tenant, id)
    const answers = await Promise.all(Array.from({ length: 10 }, () => restore(tenant, id)))
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(409)])
  })

  it('can be done again after another revocation', async () => {
    const tenant = await freshTenant()
    const { id } = await tenant.newKey()
    for (let round = 0; round < 3; round++) {
      expectStatus(await revoke(tenant, id), 200)
      expectStatus(await restore(tenant, id), 200)
    }
  })
})
