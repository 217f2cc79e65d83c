import { join } from 'node:path'
import { expect } from 'vitest'
import { connect } from '../../../lib/db/connect.ts'
import { type Contract, problemsOf } from '../../../lib/http/contract.ts'
import { PROBLEMS } from '../../../lib/http/problems.ts'
import { loadRoutes } from '../../../scripts/lib/routes.ts'
import { type Answer, type CallOptions, call, expectProblem, expectStatus } from '../../helpers/call.ts'
import { expectOpenAIError } from '../../helpers/openai-error.ts'
import type { Headers, Tenant } from '../../helpers/tenant.ts'
import { freshPerson } from '../../security/people.ts'
import { freshVictim, type Victim } from '../../security/victim.ts'
import { background } from '../../setup/file.ts'
import { services } from '../../setup/services.ts'

const routes = await loadRoutes(join(import.meta.dirname, '..', '..', '..', 'api'))

/** Every contract there is. */
export const contracts: readonly Contract[] = routes.flatMap(({ methods }) =>
  methods.flatMap(method => method.contracts),
)

/** Who plays: a tenant that calls, an admin, and somebody for admins to act on. */
export type Stage = { caller: Victim; admin: Tenant; target: Victim }

/** A stage on which no plan limits what a test may do. */
export async function freshStage(): Promise<Stage> {
  const [caller, target, { tenant: admin }] = await Promise.all([
    freshVictim(),
    freshVictim(),
    freshPerson('admin'),
  ])
  const { body: own } = await admin.call('GET', '/api/app/me')
  const limits = { requestsPerMinute: null, apiKeys: null, chatMessages: null, files: null }
  for (const id of [caller.userId, own.id])
    expectStatus(await admin.call('PATCH', `/api/admin/users/${id}`, { json: { limits } }), 200)
  return { caller, admin, target }
}

/** Whom an operation is about: of an admin's, not the one who goes on calling. */
export function subjectOf({ callers }: Contract, { caller, target }: Stage): Victim {
  return callers.includes('admin') ? target : caller
}

/** Credentials with which an operation serves. */
export function credentialsOf({ callers }: Contract, { caller, admin }: Stage): Headers {
  if (callers.includes('user')) return caller.tenant.session
  if (callers.includes('admin')) return admin.session
  return callers.includes('cron') ? { Authorization: `Bearer ${services.cronSecret}` } : {}
}

let calls = 0
/** Calls an operation with credentials it serves, from an address nobody has used. */
export function send(
  contract: Contract,
  path: string,
  stage: Stage,
  options: CallOptions = {},
): Promise<Answer> {
  calls += 1
  return call(contract.method, path, {
    ...options,
    headers: { ...credentialsOf(contract, stage), ...options.headers },
    ip: `198.18.${(calls >> 8) & 255}.${calls & 255}`,
  })
}

/** Asserts that an operation answered as its contract says, and without a fault of ours. */
export function expectDocumented(contract: Contract, answer: Answer): void {
  if (answer.status < 400) {
    expect(Object.keys(contract.responses)).toContain(String(answer.status))
    return
  }
  expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(500)
  const codes = problemsOf(contract).filter(code => PROBLEMS[code].status === answer.status)
  expect(codes, `answered ${answer.status}: ${JSON.stringify(answer.body)}`).not.toEqual([])
  if (contract.path.startsWith('/api/v1/')) expectOpenAIError(answer, answer.status, {})
  else {
    expect(codes).toContain(answer.body.code)
    expectProblem(answer, answer.status, answer.body.code)
  }
}

/** Written whatever becomes of a request: what it cost, and when a credential was last seen. */
const ALWAYS_WRITTEN = ['usagelogs', 'apikeys']

/** A digest of all that the database holds, once work in the background is done. */
export async function databaseHash(): Promise<string> {
  await background.drain()
  const { db } = await connect()
  if (!db) throw new Error('no database')
  const { collections } = await db.command({ dbHash: 1 })
  for (const name of ALWAYS_WRITTEN) delete collections[name]
  // A quota that was taken and given back tells of it by its time alone.
  const counters = await db.collection('usagecounters').find().project({ updatedAt: 0 }).toArray()
  return JSON.stringify({ ...collections, usagecounters: counters }, null, 1)
}
