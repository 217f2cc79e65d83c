import { isAdmin, type TenantCaller } from '../../auth/caller.ts'

/** Tenants whose files a caller may read about and search: its own, and the shared ones. */
export function readableBy(clerkId: string | null): { $in: (string | null)[] } {
  return { $in: clerkId === null ? [null] : [clerkId, null] }
}

/** Tenants whose files a caller may download and delete: its own; the shared ones belong to the admins. */
export function ownedBy(caller: TenantCaller): { $in: (string | null)[] } {
  return { $in: isAdmin(caller) ? [caller.clerkId, null] : [caller.clerkId] }
}
