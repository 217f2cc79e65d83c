import type { ClientSession } from 'mongoose'
import { AuditEntry } from '../../models/audit-entry.ts'
import type { UserCaller } from '../auth/caller.ts'
import type { AuditAction, AuditTarget } from './actions.ts'

/** A field's value before and after. */
export type Changes = Record<string, { from: unknown; to: unknown }>

export type AdminAction = {
  action: AuditAction
  target: { type: AuditTarget; id: string }
  changes?: Changes
  note?: string | null | undefined
}

/** Notes what an admin does, within the transaction that does it: neither happens without the other. */
export async function recordAction(
  admin: UserCaller,
  { action, target, changes = {}, note = null }: AdminAction,
  session: ClientSession,
): Promise<void> {
  await AuditEntry.create([{ actorId: admin.account.id, action, target, changes, note }], { session })
}
