import { createHash, timingSafeEqual } from 'node:crypto'
import { requireConfig } from '../config.ts'
import { AppError, Unauthenticated } from '../errors.ts'
import type { Account } from '../users/account.ts'
import type { Caller, CallerKind } from './caller.ts'
import { type Credential, readCredential } from './credentials.ts'

/**
 * Who makes a request from address `ip` that these kinds of caller may make.
 * @throws Unauthenticated without a credential or with a bad one, AppError `forbidden` for the wrong kind of
 * caller, `account_inactive` for a deleted account.
 */
export async function identify(request: Request, ip: string, kinds: readonly CallerKind[]): Promise<Caller> {
  const visitor = { kind: 'visitor', clerkId: null, ip } as const
  if (kinds.length === 0) return visitor
  const credential = readCredential(request)
  if (!credential) {
    if (kinds.includes('visitor')) return visitor
    throw new Unauthenticated()
  }
  if (kinds.includes('cron')) return identifyCron(credential)
  const caller = credential.type === 'apiKey' ? await identifyKey(credential) : await identifyUser(credential)
  requireActive(caller.account)
  requireKind(caller, kinds)
  return caller
}

async function identifyKey({ value }: Credential) {
  const { verifyApiKey } = await import('../keys/verify-key.ts')
  const key = await verifyApiKey(value)
  if (!key) throw new Unauthenticated()
  const { findAccount } = await import('../users/account.ts')
  const account = await findAccount(key.clerkId)
  if (!account) throw new Unauthenticated()
  return { kind: 'key', clerkId: key.clerkId, account, keyId: key.keyId } as const
}

async function identifyUser({ value }: Credential) {
  const { verifySessionToken } = await import('../clerk/session-token.ts')
  const clerkId = await verifySessionToken(value)
  const { accountOfSession } = await import('../users/provision.ts')
  return { kind: 'user', clerkId, account: await accountOfSession(clerkId) } as const
}

function identifyCron({ value }: Credential): Caller {
  const { CRON_SECRET } = requireConfig('CRON_SECRET')
  const digest = (text: string) => createHash('sha256').update(text).digest()
  if (!timingSafeEqual(digest(value), digest(CRON_SECRET))) throw new Unauthenticated()
  return { kind: 'cron', clerkId: null }
}

function requireActive(account: Account): void {
  if (account.deletedAt) throw new AppError('account_inactive', 'This account was deleted.')
}

function requireKind(caller: { kind: 'user' | 'key'; account: Account }, kinds: readonly CallerKind[]): void {
  if (kinds.includes(caller.kind)) return
  if (kinds.includes('admin') && caller.kind === 'user' && caller.account.role === 'admin') return
  const detail =
    caller.kind === 'key' ? 'An API key cannot do this; sign in.' : 'Your account may not do this.'
  throw new AppError('forbidden', detail)
}
