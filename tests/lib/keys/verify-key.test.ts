import { describe, expect, it } from 'vitest'
import { ApiKey } from '../../../models/api-key.ts'
import { type Answer, call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { commandsOf } from '../../helpers/commands.ts'
import { freshTenant } from '../../helpers/tenant.ts'
import { background } from '../../setup/file.ts'
import { ALPHABET, crc32, newLegacyKey, randomBody, storeKey, storeLegacyKey, withChecksum } from './forms.ts'

const me = (key: string) => call('GET', '/api/app/me', { headers: { 'X-API-Key': key } })

/** Database commands of one request, without what earlier ones left to be written. */
async function commandsFor(key: string): Promise<{ answer: Answer; commands: string[] }> {
  await background.drain()
  let answer: Answer | undefined
  const commands = await commandsOf(async () => {
    answer = await me(key)
  })
  if (!answer) throw new Error('no answer')
  return { answer, commands }
}

describe('what asks the database nothing', () => {
  const good = withChecksum(randomBody())
  const last = good.at(-1) === '0' ? '1' : '0'
  it.each([
    ['a wrong checksum', good.slice(0, -1) + last],
    ['a letter changed', `${good.slice(0, 15)}${good[15] === 'x' ? 'y' : 'x'}${good.slice(16)}`],
    ['one character less', good.slice(0, -1)],
    ['one character more', `${good}0`],
    ['an old key with a foreign letter', `tc_live_${'g'.repeat(64)}`],
    ['an old key too long', `${newLegacyKey()}0`],
    ['the brand alone', 'tc_live_'],
    ['a megabyte', `tc_live_${'a'.repeat(100_000)}`],
  ])('%s', async (_what, key) => {
    const { answer, commands } = await commandsFor(key)
    expectProblem(answer, 401, 'unauthenticated')
    expect(commands).toEqual([])
  })
})

describe('a key nobody has', () => {
  it('costs one look', async () => {
    const { answer, commands } = await commandsFor(withChecksum(randomBody()))
    expectProblem(answer, 401, 'unauthenticated')
    expect(commands).toEqual(['aggregate apikeys'])
  })

  it('with the prefix of a real one costs one look, and does the real one no harm', async () => {
    const tenant = await freshTenant()
    const key = withChecksum(randomBody())
    await storeKey(tenant.clerkId, key)
    const wrong = withChecksum(key.slice(0, 39) + (key[39] === 'x' ? 'y' : 'x'))
    const { answer, commands } = await commandsFor(wrong)
    expectProblem(answer, 401, 'unauthenticated')
    expect(commands).toEqual(['aggregate apikeys'])
    expectStatus(await me(key), 200)
    expectProblem(await me(wrong), 401, 'unauthenticated')
  })
})

describe('keys of every form', () => {
  it('a checksum that begins with zeros works', async () => {
    const tenant = await freshTenant()
    let body = randomBody()
    while (crc32(body) >= 62 ** 4) body = randomBody()
    const key = withChecksum(body)
    expect(key.slice(40, 42)).toBe('00')
    await storeKey(tenant.clerkId, key)
    expectStatus(await me(key), 200)
    expectProblem(await me(`${body}${key.slice(42)}00`), 401, 'unauthenticated')
    expectProblem(await me(body + key.slice(42)), 401, 'unauthenticated')
  })

  it('two keys with one prefix are told apart', async () => {
    const [one, other] = [await freshTenant(), await freshTenant()]
    const first = withChecksum(randomBody())
    const tail = [...first.slice(20, 40)].map(letter => ALPHABET[(ALPHABET.indexOf(letter) + 1) % 62])
    const second = withChecksum(first.slice(0, 20) + tail.join(''))
    await storeKey(one.clerkId, first)
    await storeKey(other.clerkId, second)
    expect((await me(first)).body.clerkId).toBe(one.clerkId)
    expect((await me(second)).body.clerkId).toBe(other.clerkId)
  })

  it('a key from before checksums works, is listed, revoked and restored like any other', async () => {
    const tenant = await freshTenant()
    const key = newLegacyKey()
    const id = await storeLegacyKey(tenant.clerkId, key)
    expect((await me(key)).body.clerkId).toBe(tenant.clerkId)
    expectStatus(await call('GET', '/api/app/me', { headers: { Authorization: `Bearer ${key}` } }), 200)
    const { data } = (await tenant.call('GET', '/api/app/api-keys')).body
    expect(data).toMatchObject([{ id, keyPrefix: `${key.slice(0, 20)}...`, name: 'old' }])
    await tenant.call('DELETE', `/api/app/api-keys?keyId=${id}`)
    expectProblem(await me(key), 401, 'unauthenticated')
    expectStatus(await tenant.call('POST', `/api/app/api-keys?action=restore&keyId=${id}`), 200)
    expectStatus(await me(key), 200)
  })

  it('its last digit matters', async () => {
    const tenant = await freshTenant()
    const key = newLegacyKey()
    await storeLegacyKey(tenant.clerkId, key)
    expectProblem(await me(key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')), 401, 'unauthenticated')
  })

  it('one that expired long ago stays refused, revoked or not', async () => {
    const tenant = await freshTenant()
    const { id, key } = await tenant.newKey()
    await ApiKey.updateOne({ _id: id, clerkId: tenant.clerkId }, { $set: { expiresAt: new Date(0) } })
    expectProblem(await me(key), 401, 'unauthenticated')
  })

  it('a stored hash that is none only fails its own key', async () => {
    const tenant = await freshTenant()
    const key = withChecksum(randomBody())
    const id = await storeKey(tenant.clerkId, key)
    const keyHash = `$9z$04$${'x'.repeat(53)}`
    await ApiKey.updateOne({ _id: id, clerkId: tenant.clerkId }, { $set: { keyHash } })
    expectProblem(await me(key), 401, 'unauthenticated')
    expectProblem(await me(key), 401, 'unauthenticated')
  })

  it('a key whose owner is gone is refused', async () => {
    const key = withChecksum(randomBody())
    await storeKey(`user_gone_${key.slice(8, 20)}`, key)
    expectProblem(await me(key), 401, 'unauthenticated')
  })
})
