import { beforeAll, describe, expect, it } from 'vitest'
import { User } from '../../../models/user.ts'
import { call, expectProblem } from '../../helpers/call.ts'
import { freshTenant, type Headers, type Tenant } from '../../helpers/tenant.ts'
import { services } from '../../setup/services.ts'
import { entriesOf, idOf, path, reactivatePath, suspendPath } from './accounts.ts'

let victim: Tenant
let victimId: string
const headersOf: Record<string, Headers> = {
  nobody: {},
  'a token that is none': { Authorization: 'Bearer not-a-token' },
  'the scheduler': { Authorization: `Bearer ${services.cronSecret}` },
}

beforeAll(async () => {
  const [admin, user] = [await freshTenant({ role: 'admin' }), await freshTenant()]
  victim = await freshTenant()
  victimId = await idOf(victim)
  headersOf['a user'] = user.session
  headersOf['the user themselves'] = victim.session
  headersOf['the key of a user'] = (await user.newKey()).headers
  headersOf['the key of an admin'] = (await admin.newKey()).headers
})

const STRANGERS = [
  ['nobody', 401, 'unauthenticated'],
  ['a token that is none', 401, 'unauthenticated'],
  ['the scheduler', 401, 'unauthenticated'],
  ['a user', 403, 'forbidden'],
  ['the user themselves', 403, 'forbidden'],
  ['the key of a user', 403, 'forbidden'],
  ['the key of an admin', 403, 'forbidden'],
] as const

const requests = (id: string) =>
  [
    ['GET', path],
    ['GET', `${path}/${id}`],
    ['PATCH', `${path}/${id}`, { limits: { files: null } }],
    ['POST', suspendPath(id), { reason: 'Spam' }],
    ['POST', reactivatePath(id)],
    ['GET', '/api/admin/audit'],
  ] as const

describe('accounts and the log are for admins alone', () => {
  it.each(STRANGERS)('%s learns and changes nothing', async (name, status, code) => {
    const before = await User.findOne({ clerkId: victim.clerkId }).lean()
    const headers = { ...headersOf[name], 'X-Request-Id': 'same' }
    const nobodys = requests('507f1f77bcf86cd799439011')
    for (const [index, [method, url, json]] of requests(victimId).entries()) {
      const answer = await call(method, url, { headers, ...(json && { json }) })
      expectProblem(answer, status, code)
      expect(JSON.stringify(answer.body)).not.toContain(victim.email)
      const none = await call(method, nobodys[index]?.[1] ?? '', { headers, ...(json && { json }) })
      expect(none.body).toEqual(answer.body)
    }
    expect(await User.findOne({ clerkId: victim.clerkId }).lean()).toEqual(before)
    expect(await entriesOf(victimId)).toEqual([])
  })
})
