import type { CallerKind } from '../../lib/auth/caller.ts'
import type { Contract } from '../../lib/http/contract.ts'
import type { ProblemCode } from '../../lib/http/problems.ts'
import type { Headers } from '../helpers/tenant.ts'
import { services } from '../setup/services.ts'
import { deletedPerson, freshPerson, type Person, suspendedPerson } from './people.ts'
import { freshVictim, type Victim } from './victim.ts'

/** Everybody a request can come from. */
export type Cast = { victim: Victim; stranger: Person; admin: Person; suspended: Person; deleted: Person }

export async function freshCast(): Promise<Cast> {
  return {
    victim: await freshVictim(),
    stranger: await freshPerson(),
    admin: await freshPerson('admin'),
    suspended: await suspendedPerson('admin'),
    deleted: await deletedPerson('admin'),
  }
}

/** What a bad caller gets: a refusal, or an answer about nobody but itself. */
export type Verdict = { status: number; code: ProblemCode } | 'its own'

export type BadCaller = {
  name: string
  headers(cast: Cast, contract: Contract): Headers
  verdict(contract: Contract): Verdict
}

const UNAUTHENTICATED: Verdict = { status: 401, code: 'unauthenticated' }
const FORBIDDEN: Verdict = { status: 403, code: 'forbidden' }
const INACTIVE: Verdict = { status: 403, code: 'account_inactive' }

const serves = ({ callers }: Contract, kind: CallerKind) => callers.includes(kind)

/** A credential that works for people, shown to an operation that may be the scheduler’s alone. */
const unlessCron = (verdict: Verdict) => (contract: Contract) =>
  serves(contract, 'cron') ? UNAUTHENTICATED : verdict
const asKind = (kind: 'user' | 'key') => (contract: Contract) =>
  unlessCron(serves(contract, kind) ? 'its own' : FORBIDDEN)(contract)

/** Whose good credentials an operation takes, where it takes any. */
const owner = ({ victim, admin }: Cast, contract: Contract) => (serves(contract, 'admin') ? admin : victim)
const bearer = (value: string): Headers => ({ Authorization: `Bearer ${value}` })
const secretOf = ({ Authorization = '' }: Headers) => Authorization.replace('Bearer ', '')

const unreadable: BadCaller[] = (
  [
    ['a malformed header', () => ({ Authorization: 'Basic dXNlcjpwYXNz' })],
    ['a token that is none', () => bearer('not-a-token')],
    [
      'its key with a wrong checksum',
      (cast, contract) => {
        const key = secretOf(owner(cast, contract).key)
        return bearer(key.slice(0, -1) + (key.endsWith('0') ? '1' : '0'))
      },
    ],
    ['the key of another product', () => ({ 'X-API-Key': 'sk-123' })],
    [
      'its session cookie, from a foreign page',
      (cast, contract) => ({
        Cookie: `__session=${secretOf(owner(cast, contract).tenant.session)}`,
        Origin: 'https://evil.example',
      }),
    ],
    ['its expired session', (cast, contract) => owner(cast, contract).expiredSession],
    ['its revoked key', (cast, contract) => owner(cast, contract).revokedKey],
    ['its expired key', (cast, contract) => owner(cast, contract).expiredKey],
    ['the key of a deleted account', ({ deleted }) => deleted.key],
    ['a wrong cron secret', () => bearer(`${services.cronSecret}x`)],
  ] satisfies [string, BadCaller['headers']][]
).map(([name, headers]) => ({ name, headers, verdict: () => UNAUTHENTICATED }))

const CALLERS: BadCaller[] = [
  {
    name: 'no credential',
    headers: () => ({}),
    verdict: contract => (serves(contract, 'visitor') ? 'its own' : UNAUTHENTICATED),
  },
  ...unreadable,
  { name: 'the cron secret', headers: () => bearer(services.cronSecret), verdict: () => UNAUTHENTICATED },
  {
    name: 'the session of a suspended account',
    headers: ({ suspended }) => suspended.tenant.session,
    verdict: unlessCron(INACTIVE),
  },
  {
    name: 'the key of a suspended account',
    headers: ({ suspended }) => suspended.key,
    verdict: unlessCron(INACTIVE),
  },
  {
    name: 'the session of a deleted account',
    headers: ({ deleted }) => deleted.tenant.session,
    verdict: unlessCron(INACTIVE),
  },
  {
    name: 'the session of another tenant',
    headers: ({ stranger }) => stranger.tenant.session,
    verdict: asKind('user'),
  },
  { name: 'the key of another tenant', headers: ({ stranger }) => stranger.key, verdict: asKind('key') },
  { name: 'the session of an admin', headers: ({ admin }) => admin.tenant.session, verdict: asKind('user') },
  { name: 'the key of an admin', headers: ({ admin }) => admin.key, verdict: asKind('key') },
  {
    name: 'the victim’s own session',
    headers: ({ victim }) => victim.tenant.session,
    verdict: asKind('user'),
  },
  { name: 'the victim’s own key', headers: ({ victim }) => victim.key, verdict: asKind('key') },
]

/** Whom an operation refuses, or answers about themselves alone. */
export function badCallersOf(contract: Contract): BadCaller[] {
  const good = new Set<string>([
    ...(serves(contract, 'cron') ? ['the cron secret'] : []),
    ...(serves(contract, 'admin') ? ['the session of an admin'] : []),
    ...(serves(contract, 'user') ? ['the victim’s own session'] : []),
    ...(serves(contract, 'key') ? ['the victim’s own key'] : []),
  ])
  return CALLERS.filter(({ name }) => !good.has(name))
}

/** The credentials with which an operation serves the victim, by kind of caller. */
export function goodCallersOf({ callers }: Contract): [CallerKind, (cast: Cast) => Headers][] {
  const credentials: Record<CallerKind, (cast: Cast) => Headers> = {
    user: ({ victim }) => victim.tenant.session,
    key: ({ victim }) => victim.key,
    visitor: () => ({}),
    admin: ({ admin }) => admin.tenant.session,
    cron: () => bearer(services.cronSecret),
  }
  return callers.map(kind => [kind, credentials[kind]])
}
