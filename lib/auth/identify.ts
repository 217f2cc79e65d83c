import { requireConfig } from '../config.ts'
import { AppError, Unauthenticated } from '../errors.ts'
import { lazily } from '../lazy.ts'
import { isSameSecret } from '../secrets.ts'
import { requireActive } from '../users/account.ts'
import { type Caller, type CallerKind, isAdmin } from './caller.ts'
import { type Credential, readCredential } from './credentials.ts'

const keys = lazily(() => import('../keys/verify-key.ts'))
const sessions = lazily(() => import('../clerk/session-token.ts'))
const accounts = lazily(() => import('../users/provision.ts'))

/**
 * Who makes a request from address `ip` that these kinds of caller may make; whether this one may is
 * `requireKind`'s to say.
 * @throws Unauthenticated without a credential or with a bad one, AppError `account_inactive` for a deleted
 * or suspended account.
 */
export async function identify(request: Request, ip: string, kinds: readonly CallerKind[]): Promise<Caller> {
  const visitor = { kind: 'visitor', clerkId: null, ip } as const
  if (kinds.length === 0) return visitor
  if (kinds.includes('cron')) return identifyCron(request)
  const credential = readCredential(request)
  if (!credential) {
    if (kinds.includes('visitor')) return visitor
    throw new Unauthenticated()
  }
  const caller = credential.type === 'apiKey' ? await identifyKey(credential) : await identifyUser(credential)
  requireActive(caller.account)
  return caller
}

async function identifyKey({ value }: Credential) {
  const { verifyApiKey } = await keys()
  const key = await verifyApiKey(value)
  if (!key) throw new Unauthenticated()
  return { kind: 'key', ...key } as const
}

async function identifyUser({ value }: Credential) {
  const { verifySessionToken } = await sessions()
  const clerkId = await verifySessionToken(value)
  const { accountOfSession } = await accounts()
  return { kind: 'user', clerkId, account: await accountOfSession(clerkId) } as const
}

/** The secret counts as a bearer token only: nothing a browser could send by itself. */
function identifyCron(request: Request): Caller {
  const { CRON_SECRET } = requireConfig('CRON_SECRET')
  const value = request.headers.has('authorization') ? readCredential(request)?.value : undefined
  if (value === undefined || !isSameSecret(value, CRON_SECRET)) throw new Unauthenticated()
  return { kind: 'cron', clerkId: null }
}

/** @throws AppError `forbidden` for a caller that is none of these kinds. */
export function requireKind(caller: Caller, kinds: readonly CallerKind[]): void {
  if (kinds.length === 0 || kinds.includes(caller.kind)) return
  if (kinds.includes('admin') && isAdmin(caller)) return
  const detail =
    caller.kind === 'key' ? 'An API key cannot do this; sign in.' : 'Your account may not do this.'
  throw new AppError('forbidden', detail)
}
