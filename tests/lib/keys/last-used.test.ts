import { describe, expect, it } from 'vitest'
import { ApiKey } from '../../../models/api-key.ts'
import { call, expectStatus } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { freshTenant, type Tenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'

type Key = { id: string; headers: Record<string, string> }

const use = async ({ headers }: Key) => expectStatus(await call('GET', '/api/app/me', { headers }), 200)
const stored = ({ clerkId }: Tenant, { id }: Key) => ApiKey.findOne({ _id: id, clerkId }).lean()

async function usedAt(tenant: Tenant, key: Key, ms: number): Promise<Date> {
  const lastUsedAt = new Date(Date.now() - ms)
  await ApiKey.updateOne({ _id: key.id, clerkId: tenant.clerkId }, { $set: { lastUsedAt } })
  return lastUsedAt
}

/** How often the key's row is written, background work included. */
async function writesOf(work: () => Promise<unknown>): Promise<number> {
  await background.drain()
  const commands = await commandsOf(async () => {
    await work()
    await background.drain()
  })
  return commands.filter(command => command === 'update apikeys').length
}

describe('lastUsedAt', () => {
  it('is written after the answer, and nothing else of the key changes', async () => {
    const tenant = await freshTenant()
    const [warm, key] = [await tenant.newKey(), await tenant.newKey()]
    await use(warm)
    await background.drain()
    const before = await stored(tenant, key)
    expect(before?.lastUsedAt).toBeNull()
    const start = Date.now()
    const untilAnswered = await commandsOf(() => use(key))
    expect(untilAnswered).not.toContain('update apikeys')
    await background.drain()
    const after = await stored(tenant, key)
    expect(after?.lastUsedAt?.getTime()).toBeGreaterThanOrEqual(start)
    expect(after).toEqual({ ...before, lastUsedAt: after?.lastUsedAt })
    const { data } = (await tenant.call('GET', '/api/app/api-keys')).body
    expect(data[0].lastUsedAt).toBe(after?.lastUsedAt?.toISOString())
  })

  it('is written once for many uses, at once and in turn', async () => {
    const key = await (await freshTenant()).newKey()
    const writes = await writesOf(async () => {
      await Promise.all(Array.from({ length: 10 }, () => use(key)))
      for (let count = 0; count < 5; count++) await use(key)
    })
    expect(writes).toBe(1)
    expect(await writesOf(() => use(key))).toBe(0)
  })

  it('is left alone when another instance wrote it within the minute', async () => {
    const tenant = await freshTenant()
    const key = await tenant.newKey()
    const lastUsedAt = await usedAt(tenant, key, 55_000)
    expect(await writesOf(() => use(key))).toBe(0)
    expect((await stored(tenant, key))?.lastUsedAt).toEqual(lastUsedAt)
  })

  it('is written again after a minute', async () => {
    const tenant = await freshTenant()
    const key = await tenant.newKey()
    const lastUsedAt = await usedAt(tenant, key, 61_000)
    expect(await writesOf(() => use(key))).toBe(1)
    expect((await stored(tenant, key))?.lastUsedAt?.getTime()).toBeGreaterThan(lastUsedAt.getTime())
  })

  it('is not written for a key that is refused', async () => {
    const tenant = await freshTenant()
    const key = await tenant.newKey()
    await tenant.call('DELETE', `/api/app/api-keys?keyId=${key.id}`)
    expect(await writesOf(() => call('GET', '/api/app/me', { headers: key.headers }))).toBe(0)
  })
})
