import { describe, it } from 'vitest'
import { ApiKey } from '../../../models/api-key.ts'
import { User } from '../../../models/user.ts'
import { call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { freshTenant, type Headers, type Tenant } from '../../helpers/tenant.ts'
import { newLegacyKey, storeLegacyKey } from './forms.ts'

const me = (headers: Headers) => call('GET', '/api/app/me', { headers })
const past = () => new Date(Date.now() - 1)

const setKeys = ({ clerkId }: Tenant, fields: object) =>
  ApiKey.collection.updateMany({ clerkId }, { $set: fields })
const setUser = ({ clerkId }: Tenant, fields: object) =>
  User.collection.updateOne({ clerkId }, { $set: fields })

/** A tenant whose session and keys of either form this instance has seen work, again and again. */
async function warmTenant() {
  const tenant = await freshTenant()
  const legacy = newLegacyKey()
  await storeLegacyKey(tenant.clerkId, legacy)
  const keys = [(await tenant.newKey()).headers, { 'X-API-Key': legacy }]
  for (const headers of [tenant.session, ...keys, ...keys]) expectStatus(await me(headers), 200)
  return { tenant, keys }
}

/** Each change is made in the database alone, as another instance makes it: nothing here hears of it. */
describe('what another instance did acts here with the next request', () => {
  it.each<[string, (tenant: Tenant) => Promise<unknown>, number, string]>([
    ['revocation', tenant => setKeys(tenant, { revokedAt: past() }), 401, 'unauthenticated'],
    ['expiry', tenant => setKeys(tenant, { expiresAt: past() }), 401, 'unauthenticated'],
    [
      'suspension',
      tenant => setUser(tenant, { suspension: { at: past(), until: null, reason: 'abuse' } }),
      403,
      'account_inactive',
    ],
    ['deletion', tenant => setUser(tenant, { deletedAt: past() }), 403, 'account_inactive'],
    [
      'removal of the key itself',
      ({ clerkId }) => ApiKey.collection.deleteMany({ clerkId }),
      401,
      'unauthenticated',
    ],
  ])('%s of a warm key', async (_what, change, status, code) => {
    const { tenant, keys } = await warmTenant()
    await change(tenant)
    for (const headers of keys) expectProblem(await me(headers), status, code)
  })

  it.each([
    ['suspension', { suspension: { at: past(), until: null, reason: 'abuse' } }],
    ['deletion', { deletedAt: past() }],
  ])('%s of a warm session', async (_what, fields) => {
    const { tenant } = await warmTenant()
    await setUser(tenant, fields)
    expectProblem(await me(tenant.session), 403, 'account_inactive')
  })

  it('and so does taking it back', async () => {
    const { tenant, keys } = await warmTenant()
    await setKeys(tenant, { revokedAt: past() })
    for (const headers of keys) expectProblem(await me(headers), 401, 'unauthenticated')
    await setKeys(tenant, { revokedAt: null })
    for (const headers of keys) expectStatus(await me(headers), 200)
  })
})
