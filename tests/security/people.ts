import { ApiKey } from '../../models/api-key.ts'
import { User } from '../../models/user.ts'
import { expectStatus } from '../helpers/call.ts'
import {
  deliverClerk,
  freshTenant,
  type Headers,
  type Tenant,
  type TenantOptions,
} from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'

/** An account with every credential it has and had, as headers that present them. */
export type Person = {
  tenant: Tenant
  keyId: string
  key: Headers
  revokedKey: Headers
  expiredKey: Headers
  expiredSession: Headers
}

const HOUR_MS = 3_600_000

/** A person whose plan allows more requests than any test file makes. */
export async function freshPerson(role?: TenantOptions['role']): Promise<Person> {
  const tenant = await freshTenant({ plan: 'enterprise', ...(role && { role }) })
  const [key, revoked, expired] = [await tenant.newKey(), await tenant.newKey(), await tenant.newKey()]
  expectStatus(await tenant.call('DELETE', `/api/app/api-keys?keyId=${revoked.id}`), 200)
  await ApiKey.updateOne(
    { _id: expired.id, clerkId: tenant.clerkId },
    { $set: { expiresAt: new Date(Date.now() - HOUR_MS) } },
  )
  return {
    tenant,
    keyId: key.id,
    key: key.headers,
    revokedKey: revoked.headers,
    expiredKey: expired.headers,
    expiredSession: await expiredSession(tenant.clerkId),
  }
}

async function expiredSession(clerkId: string): Promise<Headers> {
  const exp = Math.floor((Date.now() - HOUR_MS) / 1000)
  const token = await services.clerk.sessionToken(clerkId, { iat: exp - 60, nbf: exp - 60, exp })
  return { Authorization: `Bearer ${token}` }
}

/** A person whose account an admin has suspended. */
export async function suspendedPerson(role?: TenantOptions['role']): Promise<Person> {
  const person = await freshPerson(role)
  const suspension = { at: new Date(), until: null, reason: 'abuse' }
  await User.updateOne({ clerkId: person.tenant.clerkId }, { $set: { suspension } })
  return person
}

/** A person whose account is deleted. */
export async function deletedPerson(role?: TenantOptions['role']): Promise<Person> {
  const person = await freshPerson(role)
  expectStatus(await deliverClerk('user.deleted', { id: person.tenant.clerkId, deleted: true }), 200)
  return person
}
