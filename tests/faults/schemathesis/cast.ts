import { User } from '../../../models/user.ts'
import { freshTenant, type Headers, type Tenant } from '../../helpers/tenant.ts'
import { freshVictim, type Victim } from '../../security/victim.ts'
import { services } from '../../setup/services.ts'

/** Two tenants who own one of everything, and an admin. */
export type Cast = { alice: Victim; bob: Victim; admin: Tenant; spare: string }

const UNLIMITED = {
  requestsPerMinute: null,
  chatMessages: null,
  files: null,
  bytes: null,
  bytesPerFile: null,
  apiKeys: null,
}

export async function freshCast(): Promise<Cast> {
  const [alice, bob, admin] = [await freshVictim(), await freshVictim(), await freshTenant({ role: 'admin' })]
  const nobody = await freshTenant()
  for (const { clerkId } of [alice.tenant, bob.tenant, admin])
    await User.updateOne({ clerkId }, { $set: { limits: UNLIMITED } })
  return { alice, bob, admin, spare: await userIdOf(nobody) }
}

async function userIdOf(tenant: Tenant): Promise<string> {
  return (await tenant.call('GET', '/api/app/me')).body.id
}

/** The headers that an identity sends, good for longer than any run. */
export async function sessionOf({ clerkId }: Tenant): Promise<Headers> {
  const exp = Math.floor(Date.now() / 1000) + 4 * 3600
  return { Authorization: `Bearer ${await services.clerk.sessionToken(clerkId, { exp })}` }
}

/** Which kind of object the `id` of a path names. */
const IDS = {
  '/api/files/{id}': 'fileId',
  '/api/files/{id}/content': 'fileId',
  '/api/app/conversations/{id}': 'conversationId',
  '/api/admin/contacts/{id}': 'contactId',
  '/api/admin/demo-requests/{id}': 'demoRequestId',
  '/api/admin/polar-events/{id}': 'eventId',
  '/api/admin/users/{id}': 'userId',
}

/** Whose an identity is that has another’s objects. */
const OWNERS: Readonly<Record<string, string>> = { key: 'alice' }

/** What the hooks are told: objects by the name of the parameter that takes them, callers, and whose secrets are whose. */
export async function describeCast(cast: Cast, callers: Record<string, Headers>): Promise<object> {
  const { alice, bob, admin, spare } = cast
  const of = (pick: (victim: Victim) => string[]) => [...pick(alice), ...pick(bob)]
  const fileIds = of(({ fileId, failedFileId }) => [fileId, failedFileId])
  return {
    ids: IDS,
    objects: {
      fileId: fileIds,
      fileIds,
      conversationId: of(victim => [victim.conversationId]),
      sessionId: of(victim => [victim.sessionId]),
      keyId: of(({ keyId, restorableKeyId }) => [keyId, restorableKeyId]),
      checkoutId: of(victim => [victim.checkoutId]),
      contactId: of(victim => [victim.contactId]),
      demoRequestId: of(victim => [victim.demoRequestId]),
      eventId: of(victim => [victim.eventId]),
      userId: [spare],
    },
    spared: [alice.userId, bob.userId, await userIdOf(admin)],
    secrets: { alice: alice.secrets, bob: bob.secrets },
    callers: Object.fromEntries(
      Object.entries(callers).flatMap(([name, headers]) =>
        Object.values(headers).map(value => [value, OWNERS[name] ?? name]),
      ),
    ),
    clerkSecret: services.clerk.webhookSecret,
    polarSecret: services.polar.webhookSecret,
  }
}
