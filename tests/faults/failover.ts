import { setTimeout as sleep } from 'node:timers/promises'
import { type Api, startApi } from '../helpers/api-process.ts'
import { runScript } from '../helpers/run-script.ts'
import { type Call, countByKind, countByStatus, isSuccess, type Ledger } from './mixed/ledger.ts'
import { type LoadOptions, type RunningLoad, startLoad } from './mixed/load.ts'
import { type Member, type ReplicaSet, startReplicaSet } from './replica-set.ts'

const PATIENCE_MS = 60_000

export type ClusterOptions = Omit<LoadOptions, 'urls'> & {
  processes?: number
  /** Of mongod. */
  parameters?: string[]
  /** Of the API's processes. */
  settings?: Record<string, string>
}

/** A replica set, and processes of the API on it under load. */
export type Cluster = { set: ReplicaSet; apis: Api[]; load: RunningLoad; stop(): Promise<void> }

export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { processes = 3, parameters = [], settings = {}, ...load } = options
  const set = await startReplicaSet({ databaseName: 'failover', parameters })
  const apis: Api[] = []
  const stop = async () => {
    await Promise.all(apis.map(api => api.stop('SIGKILL')))
    await set.stop()
  }
  try {
    const { code, output } = await runScript('scripts/db-indexes.ts', [], { MONGODB_URI: set.uri })
    if (code !== 0) throw new Error(output)
    const starting = Array.from({ length: processes }, () => startApi({ MONGODB_URI: set.uri, ...settings }))
    apis.push(...(await Promise.all(starting)))
    const urls = apis.map(({ url }) => url)
    return { set, apis, load: await startLoad({ urls, clients: 10, pauseMs: 100, ...load }), stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Waits until a call of each of these kinds that began after `since` was answered 2xx. */
export async function untilServed(
  { ledger }: RunningLoad,
  kinds: readonly string[],
  since: number,
): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  for (;;) {
    const served = countByKind(ledger.calls.filter(({ at }) => at >= since))
    const missing = kinds.filter(kind => !served[kind])
    if (missing.length === 0) return
    if (Date.now() > deadline) throw new Error(`not served after ${PATIENCE_MS} ms: ${missing}`)
    await sleep(50)
  }
}

/** A time without a primary: from its end until a write was answered that began later. */
export type Outage = { from: number; to: number }

/** Kills the primary, and resolves when writes are answered again; gives it for a restart. */
export async function killPrimary({ set, load }: Cluster): Promise<{ killed: Member; outage: Outage }> {
  const killed = await set.primary()
  const from = Date.now()
  await killed.kill()
  await untilServed(load, ['clerk'], from)
  const writes = load.ledger.calls.filter(call => call.kind === 'clerk' && call.at >= from)
  const served = writes.filter(({ status }) => isSuccess(status))
  return { killed, outage: { from, to: Math.min(...served.map(({ at, ms }) => at + ms)) } }
}

/** From now on only the primary has what is written; resolves to what ends that. */
export async function stopReplication({ set }: Pick<Cluster, 'set'>): Promise<() => Promise<unknown>> {
  const primary = await set.primary()
  const others = set.members.filter(({ host }) => host !== primary.host)
  const stop = (mode: 'alwaysOn' | 'off') =>
    Promise.all(others.map(one => one.command({ configureFailPoint: 'stopReplProducer', mode })))
  await stop('alwaysOn')
  return () => stop('off')
}

/** How long a call waited while an outage lasted or after it, in ms; what it took before is not the outage's. */
export function waitedIn({ from, to }: Outage, { at, ms }: Call): number {
  return at < to && at + ms > from ? at + ms - Math.max(at, from) : 0
}

/** What a run was like, in a line. */
export function summaryOf({ calls }: Ledger, outages: readonly Outage[]): string {
  const waits = calls.flatMap(call => outages.map(outage => waitedIn(outage, call)))
  const lengths = outages.map(({ from, to }) => Math.round(to - from))
  return [
    `${calls.length} calls`,
    `${calls.filter(({ status }) => status === 503).length} answered 503`,
    `the longest waited ${Math.round(Math.max(...waits))} ms`,
    `outages of ${lengths.join(', ')} ms`,
    JSON.stringify(countByStatus(calls)),
  ].join('; ')
}

/** Calls that were not answered as a fault of the database is to be. */
export function badlyAnswered(calls: readonly Call[]): Call[] {
  return calls.filter(({ status, code, retryAfter, isToldInStream }) => {
    if (status === 503) return code !== 'unavailable' || !(isToldInStream || Number(retryAfter) > 0)
    return status === 0 || status >= 500
  })
}
