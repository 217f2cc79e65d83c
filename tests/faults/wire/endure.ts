import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { type Call, countByStatus, isSuccess, type Ledger } from '../mixed/ledger.ts'
import { startLoad } from '../mixed/load.ts'
import { expectKept } from '../mixed/verify.ts'
import type { Lane } from './lane.ts'

/** Nobody waits longer for an answer, whatever the database does. */
export const LONGEST_MS = 8_000
/** The service is itself again so soon after the fault, without a restart. */
const BACK_MS = 5_000

export type Fault = {
  /** What becomes of the way to the database, and for how long. It is mended afterwards. */
  happen(lane: Lane): Promise<void>
  /** Whether nothing can be answered 2xx meanwhile. */
  isTotal?: boolean
}

/**
 * Lets a fault come and go under a mixed load and asserts that each call got an answer in time, which is a success
 * or tells to come again; that the service is soon itself again; and that what was told is what is stored.
 */
export async function endure(lane: Lane, { happen, isTotal = false }: Fault): Promise<Ledger> {
  const load = await startLoad({ urls: [lane.api.url], tenants: 3, clients: 9, pauseMs: 60 })
  await sleep(500)
  const begunAt = Date.now()
  await happen(lane)
  const endedAt = Date.now()
  await lane.proxy.mend()
  await untilBack(lane)
  await sleep(500)
  const ledger = await load.stop()
  const during = ledger.calls.filter(({ at }) => at >= begunAt && at < endedAt)
  console.log(
    lane.name,
    during.length,
    JSON.stringify(countByStatus(ledger.calls)),
    slowest(ledger.calls).join(', '),
  )
  const badly = ledger.calls.filter(call => call.at + call.ms >= begunAt && !isWellAnswered(call))
  expect(badly.map(toLine), faultsIn(lane.api.log())).toEqual([])
  if (isTotal) expect(countByStatus(ledger.calls)).toHaveProperty(['503 unavailable'])
  else expect(during.filter(({ status }) => isSuccess(status)).length).toBeGreaterThan(0)
  await expectKept(ledger, { uri: lane.directUri, url: lane.api.url })
  return ledger
}

/** A success or, in a problem, when to come again; a retry may find its first attempt still at it, or successful. */
function isWellAnswered({ kind, status, code, retryAfter, isToldInStream, ms }: Call): boolean {
  if (ms > LONGEST_MS) return false
  if (isSuccess(status) || (kind === 'delete' && status === 404)) return true
  const isPassing = code === 'unavailable' ? status === 503 : status === 409 && code === 'conflict'
  return isPassing && (isToldInStream || Number(retryAfter) > 0)
}

export async function untilBack({ api }: Lane): Promise<void> {
  const start = performance.now()
  for (;;) {
    const { status, ms } = await api.get('/api/health')
    if (status === 200 && ms < 1_000) break
    await sleep(100)
  }
  expect(performance.now() - start).toBeLessThan(BACK_MS)
}

/** What the API could not explain. */
function faultsIn(log: string): string {
  const lines = log.split('\n').filter(line => /"code":"internal"/.test(line))
  return lines.slice(-3).join('\n')
}

function slowest(calls: Call[]): string[] {
  const sorted = calls.toSorted((a, b) => b.ms - a.ms)
  return sorted.slice(0, 5).map(toLine)
}

function toLine({ kind, status, code, fault, ms }: Call): string {
  return `${kind}: ${status} ${code ?? fault ?? ''} after ${Math.round(ms)} ms`
}
