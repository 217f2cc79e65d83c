import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { pick } from '../../lib/billing/histories.ts'
import type { Body, Call, Effect, Ledger, LoadTenant } from './ledger.ts'
import { isSuccess } from './ledger.ts'

/** Longer than any call may take, so that one which hangs is told as such. */
const PATIENCE_MS = 20_000
/** How long an effect that may be asked for again is asked for again, on average every so often. */
const PERSISTENCE_MS = 30_000
const PAUSE_MS = 250

export type Ask = {
  method: string
  path: string
  headers?: Record<string, string>
  json?: unknown
  /** Made anew for each attempt. */
  body?: () => NonNullable<RequestInit['body']>
  /** Whether a failure is followed by the same again: by its Idempotency-Key, webhook id or nature it may be. */
  again?: boolean
}

export type Told = { status: number; body: Body }

/** What one client of the load works with: a tenant, chance, and calls that are written down. */
export type Hand = {
  tenant: LoadTenant
  next: () => number
  chance: (share: number) => boolean
  /** Notes what is to happen, before it is asked for. */
  begin<S>(effect: { kind: string; clerkId?: string | null; mark?: string; sent: S }): Effect<S>
  /** Sends a call as the tenant, unless its headers say otherwise, until it is answered or given up. */
  send(effect: Effect | string, ask: Ask): Promise<Told>
}

/** A hand that goes on asking until `deadline` tells it not to. */
export function makeHand(
  ledger: Ledger,
  tenant: LoadTenant,
  next: () => number,
  isOver: () => boolean,
): Hand {
  return {
    tenant,
    next,
    chance: share => next() < share,
    begin({ kind, clerkId = tenant.clerkId, mark = newMark(), sent }) {
      const effect = { kind, clerkId, mark, sent, calls: [], answers: [] }
      ledger.effects.push(effect)
      return effect
    },
    async send(effect, ask) {
      const giveUpAt = Date.now() + PERSISTENCE_MS
      for (;;) {
        const told = await callOnce(ledger, pick(next, ledger.urls), effect, tenant, ask)
        const mayBeAsked = ask.again && Date.now() < giveUpAt && !isOver()
        if (!mayBeAsked || !isPassing(told.status)) return told
        await sleep(PAUSE_MS * (0.5 + next()))
      }
    },
  }
}

/** A failure that a later attempt may not have. */
function isPassing(status: number): boolean {
  return status === 0 || status === 409 || status === 429 || status >= 500
}

/** Letters and digits alone, so that any field takes it. */
export function newMark(): string {
  return `m${randomUUID().replaceAll('-', '')}`
}

async function callOnce(
  ledger: Ledger,
  url: string,
  effect: Effect | string,
  tenant: LoadTenant,
  { method, path, headers, json, body }: Ask,
): Promise<Told> {
  const of = typeof effect === 'string' ? { kind: effect, clerkId: tenant.clerkId } : effect
  const requestId = randomUUID()
  const call: Call = { ...begun(of), requestId }
  const start = performance.now()
  let read: Body = null
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(json !== undefined && { 'Content-Type': 'application/json' }),
        ...(headers ?? tenant.session),
        'X-Request-Id': requestId,
        // A kept connection may be closed by its other end at the very moment it is used again.
        Connection: 'close',
      },
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(json !== undefined ? { body: JSON.stringify(json) } : body && { body: body() }),
    })
    read = Object.assign(call, await toldBy(response)).body
  } catch (error) {
    call.fault = faultOf(error)
  }
  call.ms = performance.now() - start
  const { body: _, ...kept } = call as Call & { body?: Body }
  ledger.calls.push(kept)
  if (typeof effect !== 'string') {
    effect.calls.push(kept)
    if (isSuccess(kept.status)) effect.answers.push(read)
  }
  return { status: kept.status, body: read }
}

function begun({ kind, clerkId }: Pick<Call, 'kind' | 'clerkId'>): Omit<Call, 'requestId'> {
  const unanswered = {
    status: 0,
    code: null,
    retryAfter: null,
    timing: null,
    isToldInStream: false,
    fault: null,
  }
  return { kind, clerkId, at: Date.now(), ms: 0, ...unanswered }
}

type Outcome = Pick<Call, 'status' | 'code' | 'retryAfter' | 'timing' | 'isToldInStream'> & { body: Body }

async function toldBy(response: Response): Promise<Outcome> {
  const { status, headers } = response
  const type = headers.get('content-type') ?? ''
  const text = await response.text()
  const timing = headers.get('server-timing')
  if (type.startsWith('text/event-stream')) return { ...endOf(text), timing }
  const body = /json/.test(type) && text ? JSON.parse(text) : text
  const code = isSuccess(status) ? null : (body?.code ?? null)
  return { status, code, retryAfter: headers.get('retry-after'), timing, isToldInStream: false, body }
}

/** A stream says at its end how it went. @throws Error when it has none */
function endOf(stream: string): Omit<Outcome, 'timing'> {
  const [, event, data = 'null'] = /^event: (completed|error)\ndata: (.*)$/m.exec(stream) ?? []
  if (event === undefined) throw new Error('the stream broke off')
  const body = JSON.parse(data)
  const told = event === 'completed' ? { status: 200, code: null } : { status: body.status, code: body.code }
  return { ...told, retryAfter: null, isToldInStream: true, body }
}

function faultOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : ''
  return `${error.message}${cause}`
}
