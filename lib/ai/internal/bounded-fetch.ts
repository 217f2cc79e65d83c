import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import { config } from '../../config.ts'

const MIB = 1024 * 1024
/** Most bytes of one answer. A stream of 512 KiB of text takes about 45 MiB when each token has a chunk. */
const MAX_ANSWER_BODY_BYTES = 64 * MIB
/** 2,048 vectors of 3,072 numbers, each told in up to 25 characters. */
const MAX_EMBEDDINGS_BODY_BYTES = 150 * MIB
/** Pieces of an answer that wait for their reader. */
const MAX_UNREAD_PIECES = 16

/** How long a connection is kept for the next call: less than servers keep theirs. */
const IDLE_MS = 4_000
const http = new HttpAgent({ keepAlive: true, timeout: IDLE_MS })
const https = new HttpsAgent({ keepAlive: true, timeout: IDLE_MS })

/**
 * `fetch` for the SDK: the body of an answer fails past its bound, and whoever asks to be left alone for longer
 * than a caller waits is not asked again. Redirects are not followed. Over `node:http`, at half of what Node's own
 * `fetch` takes.
 */
export async function boundedFetch(
  address: string | URL | Request,
  init: RequestInit = {},
): Promise<Response> {
  const url = new URL(address instanceof Request ? address.url : address)
  const answer = await send(url, init)
  const headers = headersOf(answer)
  // Two pauses of a third each leave one for the three tries.
  if (pauseAskedFor(headers) > config().AI_TIMEOUT_MS / 3) headers.set('x-should-retry', 'false')
  const maxBytes = url.pathname.endsWith('/embeddings') ? MAX_EMBEDDINGS_BODY_BYTES : MAX_ANSWER_BODY_BYTES
  const status = answer.statusCode ?? 0
  if (hasBody(status)) return new Response(bounded(answer, maxBytes), { status, headers })
  answer.resume()
  return new Response(null, { status, headers })
}

/** @throws what connecting failed with, or the signal's AbortError */
function send(url: URL, { method = 'GET', headers, body, signal }: RequestInit): Promise<IncomingMessage> {
  if (typeof body !== 'string' && body) throw new TypeError('a body is sent as text')
  const length = body ? { 'content-length': Buffer.byteLength(body) } : {}
  const options = {
    method,
    headers: { ...Object.fromEntries(new Headers(headers)), ...length },
    ...(signal && { signal }),
  }
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, agent: https }, resolve)
        : requestHttp(url, { ...options, agent: http }, resolve)
    request.on('error', reject).end(body)
  })
}

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers()
  for (let at = 0; at < rawHeaders.length; at += 2)
    headers.append(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '')
  return headers
}

function hasBody(status: number): boolean {
  return status !== 204 && status !== 205 && status !== 304
}

/** The answer's bytes; fails once they are more than `maxBytes`. Whoever leaves before its end disconnects. */
function bounded(answer: IncomingMessage, maxBytes: number): ReadableStream<Uint8Array> {
  let bytes = 0
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        answer.on('data', (piece: Buffer) => {
          bytes += piece.byteLength
          if (bytes > maxBytes) return answer.destroy(new Error(`an answer of more than ${maxBytes} bytes`))
          controller.enqueue(piece)
          if ((controller.desiredSize ?? 0) <= 0) answer.pause()
        })
        answer.on('end', () => controller.close())
        answer.on('error', error => controller.error(error))
      },
      pull() {
        answer.resume()
      },
      cancel() {
        answer.removeAllListeners('data').removeAllListeners('end')
        if (answer.complete) answer.resume()
        else answer.destroy()
      },
    },
    { highWaterMark: MAX_UNREAD_PIECES },
  )
}

/** Milliseconds; 0 when nothing is asked for, or in no form of RFC 9110, 10.2.3. */
function pauseAskedFor(headers: Headers): number {
  const told = headers.get('retry-after') ?? ''
  const pause = /^\d+$/.test(told) ? Number(told) * 1000 : Date.parse(told) - Date.now()
  return Number.isFinite(pause) ? pause : 0
}
