import { isAdmin, type TenantCaller } from '../../auth/caller.ts'
import { AppError } from '../../errors.ts'

/** @throws AppError `forbidden` for sharing without being admin */
export function requireMayShare(caller: TenantCaller, shared: boolean): void {
  if (shared && !isAdmin(caller))
    throw new AppError('forbidden', 'Only an admin may share a file with everyone.')
}
