import type { Account } from '../users/account.ts'

/** A signed-in person. An admin is one whose account says so. */
export type UserCaller = { kind: 'user'; clerkId: string; account: Account }
/** A tenant's server. */
export type KeyCaller = {
  kind: 'key'
  clerkId: string
  account: Account
  keyId: string
  lastUsedAt: Date | null
}
/** Nobody known, counted by address. */
export type VisitorCaller = { kind: 'visitor'; clerkId: null; ip: string }
/** The platform's scheduler. */
export type CronCaller = { kind: 'cron'; clerkId: null }

export type TenantCaller = UserCaller | KeyCaller

/** Whether a caller may do what only admins may: a signed-in person with that role, never a key of theirs. */
export function isAdmin(caller: Caller): boolean {
  return caller.kind === 'user' && caller.account.role === 'admin'
}

export type Caller = TenantCaller | VisitorCaller | CronCaller

/** What a contract can ask a caller to be. */
export type CallerKind = 'user' | 'key' | 'visitor' | 'admin' | 'cron'

type CallerByKind = {
  user: UserCaller
  key: KeyCaller
  visitor: VisitorCaller
  admin: UserCaller
  cron: CronCaller
}

/** What the handler of a contract with these kinds receives; a contract that asks nobody receives a visitor. */
export type CallerOf<K extends CallerKind> = [K] extends [never] ? VisitorCaller : CallerByKind[K]
