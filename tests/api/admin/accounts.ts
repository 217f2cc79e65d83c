import { randomUUID } from 'node:crypto'
import { connect } from '../../../lib/db/connect.ts'
import { ACROSS_TENANTS } from '../../../lib/db/tenant-guard.ts'
import { AuditEntry } from '../../../models/audit-entry.ts'
import { User } from '../../../models/user.ts'
import { type Answer, expectStatus } from '../../helpers/call.ts'
import type { Tenant } from '../../helpers/tenant.ts'

export const path = '/api/admin/users'
export const HOUR_MS = 3_600_000
export const inAnHour = () => new Date(Date.now() + HOUR_MS)
export const anHourAgo = () => new Date(Date.now() - HOUR_MS)

export const suspendPath = (id: string) => `${path}/${id}?action=suspend`
export const reactivatePath = (id: string) => `${path}/${id}?action=reactivate`

/** An admin's three ways to act on an account. */
export const suspend = (admin: Tenant, id: string, json: object = { reason: 'Spam' }, headers = {}) =>
  admin.call('POST', suspendPath(id), { json, headers })
export const reactivate = (admin: Tenant, id: string, headers = {}) =>
  admin.call('POST', reactivatePath(id), { headers })
export const patch = (admin: Tenant, id: string, json: object) =>
  admin.call('PATCH', `${path}/${id}`, { json })

/** The id of a tenant's account. */
export async function idOf({ clerkId }: Tenant): Promise<string> {
  const found = await User.findOne({ clerkId }, { _id: 1 }).lean()
  if (!found) throw new Error('no account')
  return found._id.toHexString()
}

/** What the log holds of an object, oldest first. */
export function entriesOf(targetId: string) {
  return AuditEntry.find({ 'target.id': targetId }).sort({ _id: 1 }).lean()
}

type Fields = {
  email?: string
  plan?: string
  deletedAt?: Date
  suspension?: { at: Date; until: Date | null; reason: string }
}

/** Stores users that never sign in. */
export async function store(people: Fields[]): Promise<void> {
  const now = new Date()
  const users = (await connect()).collection('users')
  await users.insertMany(
    people.map(fields => {
      const clerkId = `user_${randomUUID()}`
      const times = { createdAt: now, updatedAt: now }
      return { clerkId, email: `${clerkId}@example.com`, plan: 'starter', ...times, ...fields }
    }),
  )
}

/** Nobody is an admin any more; only for tests whose database is their own. */
export async function demoteAll(): Promise<void> {
  await User.updateMany({ role: 'admin' }, { $set: { role: 'user' } }).setOptions(ACROSS_TENANTS)
}

/** All items of a list, page by page. */
export async function readAll(admin: Tenant, url: string, limit: number): Promise<Answer['body'][]> {
  const items: Answer['body'][] = []
  let cursor: string | null = null
  do {
    const page: Answer = await admin.call(
      'GET',
      `${url}${url.includes('?') ? '&' : '?'}limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`,
    )
    expectStatus(page, 200)
    items.push(...page.body.data)
    cursor = page.body.nextCursor
  } while (cursor)
  return items
}
