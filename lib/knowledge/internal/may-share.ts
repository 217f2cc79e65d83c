import { isAdmin, type TenantCaller, type UserCaller } from '../../auth/caller.ts'
import { AppError } from '../../errors.ts'

/** @throws AppError `forbidden` for sharing without being admin */
export function requireMayShare(caller: TenantCaller, shared: boolean): void {
  if (shared) sharingAdmin(caller)
}

/** Who shares a file, or ends that. @throws AppError `forbidden` for anybody but an admin */
export function sharingAdmin(caller: TenantCaller): UserCaller {
  if (caller.kind === 'user' && isAdmin(caller)) return caller
  throw new AppError('forbidden', 'Only an admin may share a file with everyone.')
}
