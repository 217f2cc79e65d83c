import { config } from '../../config.ts'

const MIB = 1024 * 1024
/** Most bytes of one answer. A stream of 512 KiB of text takes about 45 MiB when each token has a chunk. */
const MAX_ANSWER_BODY_BYTES = 64 * MIB
/** 2,048 vectors of 3,072 numbers, each told in up to 25 characters. */
const MAX_EMBEDDINGS_BODY_BYTES = 150 * MIB

/**
 * `fetch` for the SDK: the body of an answer fails past its bound, and whoever asks to be left alone for longer
 * than a caller waits is not asked again.
 */
export async function boundedFetch(address: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(address, init)
  if (!response.body) return response
  const { pathname } = new URL(address instanceof Request ? address.url : address)
  const maxBytes = pathname.endsWith('/embeddings') ? MAX_EMBEDDINGS_BODY_BYTES : MAX_ANSWER_BODY_BYTES
  const { status, statusText } = response
  const headers = new Headers(response.headers)
  // Two pauses of a third each leave one for the three tries.
  if (pauseAskedFor(headers) > config().AI_TIMEOUT_MS / 3) headers.set('x-should-retry', 'false')
  return new Response(bounded(response.body, maxBytes), { status, statusText, headers })
}

/** The same bytes; fails once they are more than `maxBytes`. */
export function bounded(body: ReadableStream<Uint8Array>, maxBytes: number): ReadableStream<Uint8Array> {
  let bytes = 0
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        bytes += piece.byteLength
        if (bytes > maxBytes) throw new Error(`an answer of more than ${maxBytes} bytes`)
        controller.enqueue(piece)
      },
    }),
  )
}

/** Milliseconds; 0 when nothing is asked for, or in no form of RFC 9110, 10.2.3. */
function pauseAskedFor(headers: Headers): number {
  const told = headers.get('retry-after') ?? ''
  const pause = /^\d+$/.test(told) ? Number(told) * 1000 : Date.parse(told) - Date.now()
  return Number.isFinite(pause) ? pause : 0
}
