import type { z } from 'zod'
import type { Caller, CallerOf } from '../auth/caller.ts'
import { inBackground } from '../background.ts'
import { requireConfig } from '../config.ts'
import type { BinaryResponse, Contract } from './contract.ts'
import type { StreamedReply } from './event-stream.ts'
import { beginExchange, type Exchange, finish, timed } from './exchange.ts'
import { type ParsedInput, parseInput } from './input.ts'
import { isLasting, type KeptReply, type Keyed, keep, readKeyed, revive } from './keyed.ts'
import type { RouteHandler } from './methods.ts'
import { problemResponse } from './problem-response.ts'
import type { Reply } from './reply.ts'
import { type Answered, type AnyReply, type InTime, respond, statusOf } from './respond.ts'
import type { TableReply } from './table-reply.ts'
import type { Upload } from './upload.ts'

type Output<T> = T extends z.ZodType ? z.output<T> : undefined
type BodyOf<R> = R extends z.ZodType
  ? z.input<R>
  : R extends BinaryResponse
    ? ReadableStream<Uint8Array> | null
    : never

/** Facts about a request that its usage log keeps, e.g. tokens and model. */
export type Meter = (facts: Record<string, unknown>) => void

export type HandlerInput<C extends Contract> = {
  caller: CallerOf<C['callers'][number]>
  params: Output<C['params']>
  query: Output<C['query']>
  body: Output<C['body']>
  /** The exact text of a `raw` body, else ''. */
  raw: string
  upload: C['upload'] extends object ? Upload : undefined
  /** Request headers, names in lower case. */
  headers: Readonly<Record<string, string>>
  meter: Meter
  /**
   * Of a request with an Idempotency-Key, an object id that each retry of it shares: what is made under it can
   * be found again. Else null.
   */
  effectId: string | null
}

export type ReplyOf<C extends Contract> =
  | {
      [S in keyof C['responses'] & number]: Reply<S, BodyOf<C['responses'][S]>>
    }[keyof C['responses'] & number]
  | (C['streams'] extends string ? StreamedReply<BodyOf<C['responses'][200]>> : never)
  | (C['table'] extends true ? TableReply : never)

export type Handler<C extends Contract> = (input: HandlerInput<C>) => Promise<ReplyOf<C>>

/** A served request, as the usage log sees it. */
export type Served = {
  operation: Contract
  caller: Caller | undefined
  exchange: Exchange
  status: number
  facts: Record<string, unknown>
}

/** What the application plugs into every route: HTTP itself knows no business noun. */
export type RouteHooks = {
  /** Makes the database ready. */
  prepare(): Promise<unknown>
  /**
   * Waits for work that answers somebody, who last saw something move at that time.
   * @throws unknown when it has waited in vain; the work goes on
   */
  inTime: InTime
  identify(exchange: Exchange, operation: Contract): Promise<Caller>
  /**
   * Checks that this caller may make the request and counts it, setting rate limit headers on the exchange.
   * @throws AppError `forbidden`, `rate_limited`
   */
  admit(exchange: Exchange, operation: Contract, caller: Caller): Promise<void>
  /** Runs a request that came with an Idempotency-Key, unless it was answered before. */
  once(
    keyed: Keyed,
    run: (effectId: string) => Promise<KeptReply>,
    refusal: (error: unknown) => Promise<KeptReply | null>,
  ): Promise<{ reply: KeptReply; isReplayed: boolean }>
  /** Turns a foreign error (of the database, say) into one a client can act on. */
  explain(error: unknown): unknown
  record(served: Served): void
}

/** Builds the `route` function of an application. */
export function createRoute(hooks: RouteHooks) {
  return <const C extends Contract>(operation: C, handler: Handler<C>): RouteHandler => {
    const handle = async (request: Request): Promise<Response> => {
      const exchange = beginExchange(request)
      const served: Served = { operation, exchange, caller: undefined, status: 500, facts: {} }
      const { response, whole } = await serveInTime(served, handler as unknown as Handler<Contract>, hooks)
      const record = (status: number) => hooks.record({ ...served, status })
      if (whole) inBackground('answer that goes on', statusOf(whole).then(record))
      else record(response.status)
      return finish(exchange, response)
    }
    return Object.assign(handle, { contracts: [operation] })
  }
}

/**
 * What nobody waits for any more goes on to its end, and is kept for a retry with the same Idempotency-Key. Only
 * then it is known what all of it took.
 */
async function serveInTime(served: Served, handler: Handler<Contract>, hooks: RouteHooks): Promise<Answered> {
  const { exchange } = served
  const serving = serve(served, handler, hooks)
  try {
    return await hooks.inTime(serving, () => exchange.startedAt)
  } catch (error) {
    const fault = hooks.explain(error)
    const given = serving.then(leave).then(() => Promise.reject(fault))
    return { response: problemResponse(exchange, fault), whole: given }
  }
}

async function leave({ response, whole }: Answered): Promise<void> {
  await response.body?.cancel()
  await whole?.catch(noop)
}

async function serve(served: Served, handler: Handler<Contract>, hooks: RouteHooks): Promise<Answered> {
  const { operation, exchange } = served
  try {
    requireConfig(...(operation.needs ?? []))
    if (operation.database !== false) await timed(exchange, 'connect', () => hooks.prepare())
    const caller = await timed(exchange, 'auth', () => hooks.identify(exchange, operation))
    served.caller = caller
    await hooks.admit(exchange, operation, caller)
    const input = await timed(exchange, 'input', () => parseInput(operation, exchange))
    const keyed = readKeyed(exchange, operation, caller, input)
    if (keyed) return await serveOnce(served, keyed, handler, hooks)
    return await run(served, input, null, handler, hooks)
  } catch (error) {
    return { response: problemResponse(exchange, hooks.explain(error)), whole: null }
  }
}

async function run(
  served: Served,
  input: ParsedInput,
  effectId: string | null,
  handler: Handler<Contract>,
  hooks: RouteHooks,
): Promise<Answered> {
  const { operation, exchange, caller, facts } = served
  const meter: Meter = more => Object.assign(facts, more)
  const given = {
    ...input,
    caller,
    meter,
    effectId,
    /** Few handlers look at them. */
    get headers() {
      return Object.fromEntries(exchange.request.headers)
    },
  }
  const reply = await timed(exchange, 'handler', () => handler(given as unknown as HandlerInput<Contract>))
  return respond(operation, exchange, reply as AnyReply, hooks)
}

/** What is told as it comes about is kept in its JSON form, once that is there. */
async function serveOnce(
  served: Served,
  keyed: Keyed,
  handler: Handler<Contract>,
  hooks: RouteHooks,
): Promise<Answered> {
  const { exchange } = served
  const told = Promise.withResolvers<Answered>()
  const settled = hooks.once(
    keyed,
    async effectId => {
      const answered = await run(served, keyed.input, effectId, handler, hooks)
      if (answered.whole) told.resolve(answered)
      return keep(await (answered.whole ?? answered.response))
    },
    async error => {
      const explained = hooks.explain(error)
      return isLasting(explained, keyed) ? keep(problemResponse(exchange, explained)) : null
    },
  )
  const replied = settled.then(({ reply, isReplayed }): Answered => {
    if (isReplayed) exchange.headers['Idempotency-Replayed'] = 'true'
    return { response: revive(reply), whole: null }
  })
  inBackground('keep an answer', replied.then(noop, noop))
  return Promise.race([told.promise, replied])
}

/** Of a failure the race tells, or the stream did. */
function noop(): void {}
