import { AppError } from '../errors.ts'
import { type Contract, isBinary } from './contract.ts'
import {
  EVENT_STREAM_HEADERS,
  eventStream,
  isStreamed,
  type Send,
  type StreamedReply,
} from './event-stream.ts'
import type { Exchange } from './exchange.ts'
import { problemOf } from './problem-response.ts'
import { PROBLEMS } from './problems.ts'
import type { Reply } from './reply.ts'
import { isTable, type TableReply, tableResponse } from './table-reply.ts'

export type AnyReply = Reply | StreamedReply | TableReply

/**
 * An answer and, of one that is told as it comes about, its JSON form once it is at its end; that fails as the
 * answer did.
 */
export type Answered = { response: Response; whole: Promise<Response> | null }

/** Gives what `work` gives, unless it takes too long since something moved; then the work goes on, unheeded. */
export type InTime = <T>(work: Promise<T>, movedAt: () => number) => Promise<T>

type Means = { inTime: InTime; explain(error: unknown): unknown }

/** @throws Error when the reply is not what the contract promises: our fault, hence a 500. */
export function respond(operation: Contract, exchange: Exchange, reply: AnyReply, means: Means): Answered {
  if (isTable(reply)) return { response: tableResponse(reply), whole: null }
  if (!isStreamed(reply)) return { response: toResponse(operation, reply), whole: null }
  return tellBitByBit(operation, exchange, reply, means)
}

function tellBitByBit(
  operation: Contract,
  exchange: Exchange,
  reply: StreamedReply,
  { inTime, explain }: Means,
): Answered {
  const whole = Promise.withResolvers<Response>()
  // Whoever wants to know how it ended looks later.
  whole.promise.catch(() => {})
  const compose = async (send: Send) => {
    const text = JSON.stringify(promised(operation, 200, await reply.tell(send)))
    return { form: new Response(text, { headers: JSON_HEADERS }), text }
  }
  const work = async (send: Send): Promise<void> => {
    let movedAt = performance.now()
    const composing = compose(event => {
      movedAt = performance.now()
      send(event)
    })
    composing.then(
      ({ form }) => whole.resolve(form),
      error => whole.reject(explain(error)),
    )
    try {
      const { text } = await inTime(composing, () => movedAt)
      if (operation.streams === 'named') send({ event: 'completed', data: text })
    } catch (error) {
      const { body } = problemOf(exchange, explain(error))
      send({ ...(operation.streams === 'named' && { event: 'error' }), data: body })
    }
    if (operation.streams === 'openai') send({ data: '[DONE]' })
  }
  const response = new Response(eventStream(work), { headers: { ...EVENT_STREAM_HEADERS, ...reply.headers } })
  return { response, whole: whole.promise }
}

/** The status that a streamed answer would have had as a whole. */
export function statusOf(whole: Promise<Response>): Promise<number> {
  return whole.then(
    ({ status }) => status,
    error => (error instanceof AppError ? PROBLEMS[error.code].status : 500),
  )
}

const JSON_HEADERS = { 'Content-Type': 'application/json' }

function toResponse(operation: Contract, { status, body, headers }: Reply): Response {
  const form = operation.responses[status]
  if (form && isBinary(form))
    return new Response(body as ReadableStream<Uint8Array> | null, { status, headers: headers ?? {} })
  const varied = operation.table ? { Vary: 'Accept' } : {}
  return Response.json(promised(operation, status, body), { status, headers: { ...varied, ...headers } })
}

/** The body as the contract promises it. */
function promised(operation: Contract, status: number, body: unknown): unknown {
  const form = operation.responses[status]
  if (!form || isBinary(form))
    throw new Error(`${operation.id} answered ${status}, which its contract does not list`)
  const result = form.safeParse(body)
  if (!result.success) throw new Error(`${operation.id} answered off its contract: ${result.error.message}`)
  return result.data
}
