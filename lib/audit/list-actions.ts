import type { Types } from 'mongoose'
import { AuditEntry, type AuditEntryDocument } from '../../models/audit-entry.ts'
import { User } from '../../models/user.ts'
import { afterCursor, type Page, type PageRequest, toPage } from '../db/page.ts'
import { ACROSS_TENANTS } from '../db/tenant-guard.ts'
import { AUDIT_ACTIONS, type AuditAction, type AuditTarget } from './actions.ts'
import type { AuditEntryView } from './contracts.ts'
import type { Changes } from './record-action.ts'

type Search = {
  action?: AuditAction | undefined
  actorId?: string | undefined
  targetId?: string | undefined
}
type Stored = AuditEntryDocument & { _id: Types.ObjectId }

/** What admins did, newest first. @throws InvalidInput for a cursor not of this list. */
export async function listActions({
  limit,
  cursor,
  ...search
}: PageRequest & Search): Promise<Page<AuditEntryView>> {
  const found = await AuditEntry.find({ ...narrowed(search), ...afterCursor(cursor) })
    .sort({ _id: -1 })
    .hint(indexFor(search))
    .limit(limit + 1)
    .lean()
  const emails = await emailsOf(
    found.flatMap(({ actorId, target }) => (target ? [actorId, target.id] : [actorId])),
  )
  return toPage(found, limit, entry => toView(entry, emails))
}

/**
 * Whose entries, or those about what, lie under each action in the order of ids: where any action is meant all are
 * named, so that the server reads them side by side.
 */
function narrowed({ action, actorId, targetId }: Search) {
  const any = actorId || targetId ? { action: { $in: AUDIT_ACTIONS } } : {}
  return {
    ...(targetId && { 'target.id': targetId }),
    ...(actorId && { actorId }),
    ...(action ? { action } : any),
  }
}

function indexFor(search: Search): Record<string, 1 | -1> {
  const first = Object.keys(narrowed(search)).map(name => [name, 1] as const)
  return first.length > 0 ? { ...Object.fromEntries(first), _id: -1 } : { _id: 1 }
}

/** Addresses by user id, of those whose accounts are still there. */
async function emailsOf(ids: Types.ObjectId[]): Promise<Map<string, string>> {
  const users = await User.find({ _id: { $in: ids } }, { email: 1 }, ACROSS_TENANTS).lean()
  return new Map(users.map(({ _id, email }) => [_id.toHexString(), email]))
}

function toView(entry: Stored, emails: Map<string, string>): AuditEntryView {
  const actorId = entry.actorId.toHexString()
  const targetId = entry.target?.id.toHexString() ?? ''
  return {
    id: entry._id.toHexString(),
    actor: { id: actorId, email: emails.get(actorId) ?? null },
    action: entry.action as AuditAction,
    target: { type: entry.target?.type as AuditTarget, id: targetId, email: emails.get(targetId) ?? null },
    changes: (entry.changes ?? {}) as Changes,
    note: entry.note ?? null,
    createdAt: entry.createdAt,
  }
}
