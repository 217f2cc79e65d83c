import { setTimeout as sleep } from 'node:timers/promises'
import type { Document } from 'mongodb'
import { expect } from 'vitest'
import { groupBy } from './kind.ts'
import { KINDS } from './kinds/index.ts'
import { isSuccess, type Ledger } from './ledger.ts'
import { shownWrong } from './shown.ts'
import { readStored, type Stored } from './stored.ts'

export type VerifyOptions = {
  /** The database to look into: this test file's where left out. */
  uri?: string
  /** Where to look by the API, too: the load's first URL where left out, nowhere when null. */
  url?: string | null
  /** How long what is written after the answers may take to be there. */
  settlingMs?: number
}

const SETTLING_MS = 15_000

/** Asserts that all that was acknowledged is kept, whole and once, and that every counter is its count. */
export async function expectKept(ledger: Ledger, options: VerifyOptions = {}): Promise<void> {
  const violations = await verifyLedger(ledger, options)
  expect(violations.slice(0, 20), `${violations.length} violations`).toEqual([])
}

/**
 * Compares what a load was answered with what is stored: every 2xx has its effect, once; a call that failed has
 * it whole or not at all; every counter is its count. Resolves to what is wrong. The load must have stopped.
 */
export async function verifyLedger(ledger: Ledger, options: VerifyOptions = {}): Promise<string[]> {
  const {
    uri = process.env.MONGODB_URI ?? '',
    url = ledger.urls[0] ?? null,
    settlingMs = SETTLING_MS,
  } = options
  const deadline = Date.now() + settlingMs
  for (;;) {
    const stored = await readStored(uri)
    const wrong = storedWrong(ledger, stored)
    if (wrong.length === 0) return url === null ? [] : shownWrong(ledger, stored, url)
    if (Date.now() > deadline) return wrong
    await sleep(500)
  }
}

/** What is wrong in what was read of the database. */
export function storedWrong(ledger: Ledger, stored: Stored): string[] {
  const ofTenants = new Set(ledger.tenants.map(({ clerkId }) => clerkId))
  const byKind = groupBy(ledger.effects, ({ kind }) => kind)
  const checked = Object.values(KINDS).flatMap(({ kind, effects: names }) => {
    return kind.check(
      names.flatMap(name => byKind.get(name) ?? []),
      stored,
    )
  })
  return [...checked, ...usageWrong(ledger, stored.usagelogs, ofTenants)]
}

/** Each call of a tenant that was answered 2xx has its row in the usage log; no call has two. */
function usageWrong({ calls }: Ledger, rows: Document[], tenants: Set<string | null>): string[] {
  const byRequest = groupBy(rows, ({ metadata }) => metadata?.requestId)
  return calls.flatMap(({ kind, clerkId, requestId, status }) => {
    const count = byRequest.get(requestId)?.length ?? 0
    if (count > 1) return [`usage ${requestId}: logged ${count} times`]
    const isPromised = isSuccess(status) && tenants.has(clerkId) && !['clerk', 'polar'].includes(kind)
    return isPromised && count === 0 ? [`usage ${requestId}: a call of ${kind} is not logged`] : []
  })
}
