import { beforeAll, describe, expect, it } from 'vitest'
import { call, expectProblem } from '../../helpers/call.ts'
import { freshTenant, type Headers, type Tenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { freshMark, nobody, PIPELINES } from './leads.ts'

let admin: Tenant
const headersOf: Record<string, Headers> = {
  nobody: {},
  'the scheduler': { Authorization: `Bearer ${services.cronSecret}` },
}

beforeAll(async () => {
  admin = await freshTenant({ role: 'admin' })
  const user = await freshTenant({ plan: 'enterprise' })
  headersOf['a user'] = user.session
  headersOf['the key of a user'] = (await user.newKey()).headers
  headersOf['the key of an admin'] = (await admin.newKey()).headers
})

const STRANGERS = [
  ['nobody', 401, 'unauthenticated'],
  ['the scheduler', 401, 'unauthenticated'],
  ['a user', 403, 'forbidden'],
  ['the key of a user', 403, 'forbidden'],
  ['the key of an admin', 403, 'forbidden'],
] as const

describe.each(PIPELINES)('$path is for admins alone', ({ path, statuses, add, collection }) => {
  it.each(STRANGERS)('%s reads and changes nothing', async (name, status, code) => {
    const company = freshMark()
    const id = await add({ company })
    const before = await newest(company)
    expect(before).not.toBeNull()
    const headers = headersOf[name] ?? {}
    const json = { status: statuses[1], note: 'mine' }
    for (const answer of [
      await call('GET', `${path}?q=${company}`, { headers }),
      await call('GET', `${path}?q=${company}`, { headers: { ...headers, Accept: 'text/csv' } }),
      await call('GET', `${path}/${id}`, { headers }),
      await call('GET', `${path}/${nobody}`, { headers }),
      await call('PATCH', `${path}/${id}`, { headers, json }),
    ]) {
      expectProblem(answer, status, code)
      expect(JSON.stringify(answer.body)).not.toContain(company)
    }
    expect(await newest(company)).toEqual(before)
  })

  const newest = (company: string) => collection.findOne({ searchTerms: company })

  it.each([
    'limit=0',
    'limit=101',
    'status=lost',
    'status=',
    'q=',
    'q=%20',
    `q=${'x'.repeat(201)}`,
    'cursor=x',
    `cursor=${nobody}`,
    'cursor=',
  ])('refuses ?%s', async query => {
    expectProblem(await admin.call('GET', `${path}?${query}`), 400, 'invalid_input')
  })
})
