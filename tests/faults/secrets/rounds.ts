import { randomUUID } from 'node:crypto'
import type { CallerKind } from '../../../lib/auth/caller.ts'
import type { Contract } from '../../../lib/http/contract.ts'
import type { Api } from '../../helpers/api-process.ts'
import type { Headers } from '../../helpers/tenant.ts'
import { type Cast, goodCallersOf } from '../../security/callers.ts'
import { ROWS, type Row } from '../../security/rows.ts'
import type { Canary } from './canaries.ts'
import { type Written, writtenBy } from './leaks.ts'

/** What a round of calls left behind: answers, by operation the statuses, and the secrets it was handed. */
export type Round = {
  answers: Written[]
  statuses: Map<string, number[]>
  canaries: Canary[]
}

export function newRound(): Round {
  return { answers: [], statuses: new Map(), canaries: [] }
}

export type Ask = {
  /** What the statuses are counted under. */
  id: string
  method: string
  path: string
  headers?: Headers
  body?: RequestInit['body']
  json?: unknown
  /** Its answer is the one place where a new key is shown. */
  showsKey?: boolean
}

const KEY_FIELD = /"key":"(tc_live_\w+)"/
let calls = 0

/** Makes a call, from an address of its own, and notes all that came back. */
export async function ask(api: Pick<Api, 'url'>, round: Round, asked: Ask): Promise<number> {
  const { id, method, path, json, showsKey = false } = asked
  calls += 1
  const body = json === undefined ? asked.body : JSON.stringify(json)
  const response = await fetch(`${api.url}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      'X-Forwarded-For': `10.1.${calls >> 8}.${calls & 255}`,
      ...(json !== undefined && { 'Content-Type': 'application/json' }),
      ...asked.headers,
    },
    ...(body != null && { body }),
  })
  const written = await writtenBy(`${id} (${method} ${path})`, response)
  const key = showsKey ? KEY_FIELD.exec(written.text)?.[1] : undefined
  if (key) round.canaries.push({ name: 'an API key', value: key })
  round.answers.push(key ? { ...written, text: written.text.replace(key, '') } : written)
  round.statuses.set(id, [...(round.statuses.get(id) ?? []), response.status])
  return response.status
}

/** The first go all at once. */
const RANKS: Readonly<Record<string, number>> = { GET: 1, POST: 1, PATCH: 2, DELETE: 3 }
const SHOWS_KEY = ['createApiKey', 'rotateApiKey']

type Cell = { contract: Contract; row: Row; kind: CallerKind; headers: Headers }

/** Calls every operation as it should be called, with an Idempotency-Key where there may be one, twice. */
export async function callAsMeant(
  api: Api,
  round: Round,
  cast: Cast,
  contracts: readonly Contract[],
): Promise<void> {
  const cells = cellsOf(cast, contracts)
  const first = cells.filter(cell => rankOf(cell) === 1)
  await Promise.all(first.map(cell => callTwice(api, round, cast, cell)))
  const others = cells.filter(cell => rankOf(cell) > 1).sort((a, b) => rankOf(a) - rankOf(b))
  for (const cell of others) await callTwice(api, round, cast, cell)
}

async function callTwice(api: Api, round: Round, cast: Cast, cell: Cell): Promise<void> {
  const { contract, kind, headers } = cell
  const isKeyed = contract.method === 'POST' && kind !== 'visitor'
  if (!isKeyed) {
    await ask(api, round, askOf(cast, cell, headers))
    return
  }
  const key = `canary-idempotency-${randomUUID()}`
  round.canaries.push({ name: 'an Idempotency-Key', value: key })
  for (let turn = 0; turn < 2; turn += 1)
    await ask(api, round, askOf(cast, cell, { ...headers, 'Idempotency-Key': key }))
}

/** What takes things away comes after what needs them. */
function rankOf({ contract: { id, method } }: Cell): number {
  return id === 'suspendUser' ? 4 : (RANKS[method] ?? 4)
}

/** Calls every operation as those may not who ask, and with what no operation understands. */
export async function callWrongly(
  api: Api,
  round: Round,
  cast: Cast,
  contracts: readonly Contract[],
): Promise<void> {
  const { stranger, suspended, deleted, victim } = cast
  const most = [stranger.tenant.session, stranger.revokedKey, {}]
  const callers =
    process.env.FAULTS === 'short'
      ? most
      : [...most, stranger.key, stranger.expiredSession, suspended.key, deleted.key]
  for (const cell of cellsOf(cast, contracts).filter(({ kind }) => kind !== 'visitor')) {
    const wrong = callers.map(headers => askOf(cast, cell, headers))
    const { id, method } = cell.contract
    const headers = { ...victim.key, 'Content-Type': 'application/json' }
    if (method === 'POST') wrong.push({ id, method, path: cell.row.path(victim), headers, body: '{"key":' })
    await Promise.all(wrong.map(asked => ask(api, round, asked)))
  }
}

function cellsOf(cast: Cast, contracts: readonly Contract[]): Cell[] {
  return contracts.flatMap(contract =>
    (ROWS[contract.id] ?? [])
      .filter(({ needs }) => !needs)
      .flatMap(row =>
        goodCallersOf(contract)
          .filter(([kind]) => kind !== 'visitor' || !row.object)
          .map(([kind, headers]) => ({ contract, row, kind, headers: headers(cast) })),
      ),
  )
}

function askOf({ victim }: Cast, { contract: { id, method }, row }: Cell, headers: Headers): Ask {
  const options = row.options?.(victim) ?? {}
  return {
    id,
    method,
    path: row.path(victim),
    headers: { ...options.headers, ...headers },
    ...(options.json !== undefined && { json: options.json }),
    ...(options.body != null && { body: options.body }),
    showsKey: SHOWS_KEY.includes(id),
  }
}
