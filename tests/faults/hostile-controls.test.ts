import { beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../lib/db/connect.ts'
import type { Answer } from '../helpers/call.ts'
import { freshTenant, type Tenant } from '../helpers/tenant.ts'
import { holds } from './hostile/fields.ts'
import { expectNoPollution } from './hostile/prototypes.ts'
import { contracts, databaseHash, expectDocumented } from './hostile/stage.ts'

let tenant: Tenant
beforeAll(async () => {
  tenant = await freshTenant()
})

/** The other tests of this folder say that nothing happened: these show that they would see it. */
describe('what the tests look with', () => {
  it('sees a name that all objects got', () => {
    expectNoPollution()
    for (const shared of [Object.prototype, Array.prototype]) {
      Object.defineProperty(shared, 'polluted', { value: 1, configurable: true })
      expect(expectNoPollution).toThrow()
      Reflect.deleteProperty(shared, 'polluted')
    }
    expectNoPollution()
  })

  it('sees a changed document, in any collection', async () => {
    const before = await databaseHash()
    expect(await databaseHash()).toBe(before)
    const { db } = await connect()
    for (const name of ['users', 'usagecounters', 'collection of tomorrow']) {
      const made = await db?.collection(name).insertOne({ clerkId: name, email: name, period: 'x' })
      expect(await databaseHash()).not.toBe(before)
      await db?.collection(name).deleteOne({ _id: made?.insertedId })
    }
  })

  it('sees text that came back otherwise', () => {
    expect(holds({ data: [{ name: 'e\u0301' }] }, 'é')).toBe(false)
    expect(holds({ data: [{ name: 'a\ufffd' }] }, 'a\ud800')).toBe(false)
    expect(holds({ data: [{ name: 'é' }] }, 'é')).toBe(true)
  })

  const contract = contracts.find(({ id }) => id === 'getMe')
  const problem = (status: number, code: string): Answer => ({
    status,
    headers: new Headers({ 'content-type': 'application/problem+json' }),
    body: { status, code, title: 'x', detail: 'x' },
  })

  it.each([
    ['a fault of ours', problem(500, 'internal')],
    ['a problem nobody promised', problem(409, 'conflict')],
    ['a status nobody promised', problem(418, 'invalid_input')],
    ['a success nobody promised', { ...problem(201, 'x'), body: {} }],
    ['a refusal that is no problem', { ...problem(401, 'unauthenticated'), headers: new Headers() }],
  ])('sees %s', (_name, answer) => {
    if (!contract) throw new Error('no contract')
    expect(() => expectDocumented(contract, answer)).toThrow()
  })

  it('takes an answer as it should be', async () => {
    if (!contract) throw new Error('no contract')
    expectDocumented(contract, await tenant.call('GET', '/api/app/me'))
    const refused = await tenant.call('GET', '/api/app/me', { headers: { Authorization: 'x' } })
    expectDocumented(contract, refused)
  })
})
