import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Contract } from '../../lib/http/contract.ts'
import { loadRoutes } from '../../scripts/lib/routes.ts'
import { type Answer, call, expectProblem } from '../helpers/call.ts'
import { expectRefusal } from '../helpers/openai-error.ts'
import { noS3Server, startS3 } from '../helpers/s3-server.ts'
import type { Headers } from '../helpers/tenant.ts'
import { badCallersOf, type Cast, freshCast, goodCallersOf, type Verdict } from './callers.ts'
import { ROWS, type Row } from './rows.ts'
import { changedBetween, type Snapshot, snapshotOf } from './snapshot.ts'
import { freshVictim, type Victim } from './victim.ts'

/** Operations that ask nobody who they are: deliveries, which are signed, and what everybody may see. */
const PUBLIC = ['getHealth', 'receiveClerkWebhook', 'receivePolarWebhook']

const s3 = noS3Server ? null : await startS3()
if (noS3Server) console.warn(`What needs a bucket is left out: ${noS3Server}`)
Object.assign(process.env, s3?.environment)
afterAll(() => s3?.stop())
const canBeCalled = ({ needs }: Row) => needs !== 'a bucket' || s3 !== null

const routes = await loadRoutes(join(import.meta.dirname, '..', '..', 'api'))
const contracts = routes.flatMap(({ methods }) => methods.flatMap(method => method.contracts))
const guarded = contracts.filter(({ callers }) => callers.length > 0)
const cells = guarded.flatMap(contract =>
  (ROWS[contract.id] ?? []).filter(canBeCalled).map(row => [nameOf(contract, row), contract, row] as const),
)

let cast: Cast
let before: Snapshot
beforeAll(async () => {
  cast = await freshCast()
  before = await snapshotOf(cast.victim.tenant)
})

describe('the matrix', () => {
  const ids = guarded.map(({ id }) => id)

  it('has a row for every operation that asks who calls', () => {
    expect(ids.filter(id => !ROWS[id]?.length)).toEqual([])
  })

  it('has no row for an operation that is none', () => {
    expect(Object.keys(ROWS).filter(id => !ids.includes(id))).toEqual([])
  })

  it('knows every operation that asks nobody', () => {
    const open = contracts.filter(({ callers }) => callers.length === 0)
    expect(open.map(({ id }) => id).sort()).toEqual(PUBLIC)
  })

  it('leaves no method of a route without a contract', () => {
    const bare = routes.flatMap(({ route, methods }) =>
      methods.filter(method => method.contracts.length === 0).map(({ name }) => `${name} ${route.pattern}`),
    )
    expect(bare).toEqual([])
  })
})

describe.each(cells)('%s', (_name, contract, row) => {
  it.each(badCallersOf(contract).map(caller => [caller.name, caller] as const))(
    'gives nothing to %s',
    async (_caller, { headers, verdict }) => {
      const answer = await send(contract, row, cast.victim, headers(cast, contract))
      const after = await snapshotOf(cast.victim.tenant)
      const changed = changedBetween(before, after)
      before = after
      expectVerdict(answer, verdict(contract), contract, row)
      expectNoSecret(answer, row, cast.victim)
      expect(changed, 'documents of the victim that changed').toEqual([])
    },
  )
})

describe.each(cells)('%s, called as it should be', (_name, contract, row) => {
  const isTheirs = ([kind]: readonly [string, unknown]) => kind !== 'visitor' || !row.object
  it.each(goodCallersOf(contract).filter(isTheirs))('serves the right %s', async (kind, headers) => {
    // What changes an object of theirs gets a victim of its own, whole as yet.
    const changes = row.object && contract.method !== 'GET'
    const victim = changes ? await freshVictim() : cast.victim
    const answer = await send(contract, row, victim, headers({ ...cast, victim }))
    expect(Object.keys(contract.responses), JSON.stringify(answer.body)).toContain(String(answer.status))
    if (row.tells && kind !== 'visitor') expect(JSON.stringify(answer.body)).toContain(victim.mark)
  })
})

function nameOf({ id, method, path, action }: Contract, { how }: Row): string {
  const query = action ? `?action=${action}` : ''
  return `${id} (${method} ${path}${query})${how ? ` ${how}` : ''}`
}

let calls = 0
/** From an address of its own each time: addresses share a visitor’s allowance. */
function send(contract: Contract, row: Row, victim: Victim, headers: Headers): Promise<Answer> {
  calls += 1
  const options = row.options?.(victim) ?? {}
  return call(contract.method, row.path(victim), {
    ...options,
    headers: { ...options.headers, ...headers },
    ip: `198.18.${calls >> 8}.${calls & 255}`,
  })
}

function expectVerdict(answer: Answer, verdict: Verdict, contract: Contract, row: Row): void {
  if (verdict !== 'its own') {
    expectRefusal(answer, verdict.status, verdict.code, contract.path)
    const challenge = verdict.status === 401 ? 'Bearer' : null
    expect(answer.headers.get('www-authenticate')).toBe(challenge)
  } else if (row.object) expectProblem(answer, 404, 'not_found')
  else expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300)
}

/** Nothing of the victim is in the answer, but for what the request itself named. */
function expectNoSecret({ body, headers }: Answer, row: Row, victim: Victim): void {
  const asked = row.path(victim) + JSON.stringify(row.options?.(victim).json ?? '')
  const told = JSON.stringify([body, [...headers]])
  const secrets = victim.secrets.filter(secret => !asked.includes(secret))
  expect(secrets.filter(secret => told.includes(secret))).toEqual([])
}
