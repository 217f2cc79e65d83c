import { readFile } from 'node:fs/promises'
import { writePrivateFile } from '../lib/whole-file.ts'
import type { ClerkStandIn } from '../local/clerk/index.ts'
import { clerkDelivery, clerkUserData } from '../local/clerk/webhooks.ts'

export type DemoTenant = { clerkId: string; email: string; apiKey: string; sessionToken: string }

const PROFILE = { id: 'user_demo', email: 'demo@example.com', firstName: 'Dana', lastName: 'Demo' }
/** Has no account before signing in, so that there is none where nobody asked for one. */
const ADMIN = {
  id: 'user_admin',
  email: 'admin@example.com',
  firstName: 'Ada',
  lastName: 'Admin',
  role: 'admin',
}

/**
 * Makes the demo tenant through the public API: a signed webhook creates the user, a session creates the key.
 * A key's secret is shown once, so it is kept in `keyFile` and used again while it works.
 */
export async function seedDemoTenant(url: string, clerk: ClerkStandIn, keyFile: string): Promise<DemoTenant> {
  clerk.addUser(PROFILE)
  clerk.addUser(ADMIN)
  const delivery = clerkDelivery(clerk.webhookSecret, { type: 'user.created', data: clerkUserData(PROFILE) })
  await expectOk(await fetch(`${url}/api/webhooks/clerk`, { method: 'POST', ...delivery }))
  const sessionToken = await clerk.sessionToken(PROFILE.id)
  const apiKey = (await workingKey(url, keyFile)) ?? (await newKey(url, sessionToken))
  await writePrivateFile(keyFile, JSON.stringify({ apiKey }))
  return { clerkId: PROFILE.id, email: PROFILE.email, apiKey, sessionToken }
}

async function workingKey(url: string, keyFile: string): Promise<string | null> {
  const stored = await readFile(keyFile, 'utf8').catch(() => null)
  if (stored === null) return null
  const { apiKey } = JSON.parse(stored) as { apiKey: string }
  const answer = await fetch(`${url}/api/app/me`, { headers: { Authorization: `Bearer ${apiKey}` } })
  return answer.ok ? apiKey : null
}

/** Keys whose secret was lost would use up the plan: those named like this one go first. */
async function newKey(url: string, sessionToken: string): Promise<string> {
  const headers = { Authorization: `Bearer ${sessionToken}`, 'Content-Type': 'application/json' }
  const keys = `${url}/api/app/api-keys`
  const list = (await expectOk(await fetch(keys, { headers }))) as {
    data: { id: string; name: string | null }[]
  }
  for (const { id } of list.data.filter(({ name }) => name === 'Demo')) {
    await expectOk(await fetch(`${keys}?keyId=${id}`, { method: 'DELETE', headers }))
  }
  const body = JSON.stringify({ name: 'Demo' })
  const created = (await expectOk(await fetch(keys, { method: 'POST', headers, body }))) as { key: string }
  return created.key
}

async function expectOk(response: Response): Promise<unknown> {
  const body: unknown = await response.json()
  if (!response.ok) throw new Error(`seeding the demo tenant failed: ${JSON.stringify(body)}`)
  return body
}
