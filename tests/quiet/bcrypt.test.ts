import { compare } from 'bcryptjs'
import { describe, expect, it } from 'vitest'
import { ApiKey } from '../../models/api-key.ts'
import { type Answer, call, expectProblem, expectStatus } from '../helpers/call.ts'
import { freshTenant } from '../helpers/tenant.ts'
import { newLegacyKey, randomBody, storeKey, storeLegacyKey, withChecksum } from '../lib/keys/forms.ts'

const me = (key: string) => call('GET', '/api/app/me', { headers: { 'X-API-Key': key } })

/** CPU milliseconds this process spends on some work. */
async function cpuOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

describe('bcrypt', () => {
  it('runs once for a wrong key with the prefix of a real one', async () => {
    const tenant = await freshTenant()
    const key = withChecksum(randomBody())
    await storeKey(tenant.clerkId, key, 12)
    const wrong = withChecksum(key.slice(0, 39) + (key[39] === 'x' ? 'y' : 'x'))
    const hash = (await ApiKey.findOne({ clerkId: tenant.clerkId }).lean())?.keyHash ?? ''
    const one = await cpuOf(() => compare(wrong, hash))
    const spent = await cpuOf(async () => {
      expectProblem(await me(wrong), 401, 'unauthenticated')
    })
    expect(spent).toBeLessThan(1.8 * one)
  })

  it('runs once for twenty first requests at once, and never again', async () => {
    const tenant = await freshTenant()
    const key = newLegacyKey()
    await storeLegacyKey(tenant.clerkId, key, 12)
    const hash = (await ApiKey.findOne({ clerkId: tenant.clerkId }).lean())?.keyHash ?? ''
    const one = await cpuOf(() => compare(key, hash))
    const twenty = () => Promise.all(Array.from({ length: 20 }, () => me(key)))
    const answers: Answer[] = []
    const first = await cpuOf(async () => answers.push(...(await twenty())))
    const second = await cpuOf(async () => answers.push(...(await twenty())))
    for (const answer of answers) expectStatus(answer, 200)
    // Twice would be 2 × one at least; what twenty requests cost beside it is measured by the second round.
    expect(first - second).toBeLessThan(1.7 * one)
    expect(second).toBeLessThan(one)
  })
})
