import { inFrames } from './frames.ts'

/** One event of a stream; without a name it is a bare `data:` line. */
export type ServerEvent = { event?: string; data: unknown }
export type Send = (event: ServerEvent) => void

/** A reply that is told while it comes about; what `tell` resolves to is its JSON form. */
export type StreamedReply<B = unknown> = {
  status: 200
  headers?: Record<string, string>
  tell: (send: Send) => Promise<B>
}

/** How often a silent stream shows that it lives, well within what proxies wait for. */
const HEARTBEAT_MS = 15_000
const HEARTBEAT = ': still here\n\n'

export const EVENT_STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // Nginx and its like would hold events back otherwise.
  'X-Accel-Buffering': 'no',
}

/** A 200 whose content is sent bit by bit; `tell` goes on to its end though nobody listens any more. */
export function streamed<B>(
  tell: (send: Send) => Promise<B>,
  headers?: Record<string, string>,
): StreamedReply<B> {
  return { status: 200, tell, ...(headers && { headers }) }
}

export function isStreamed(reply: object): reply is StreamedReply {
  return 'tell' in reply
}

/** Server-sent events (WHATWG HTML, 9.2) of `work`, which must not fail; comments fill a silence. */
export function eventStream(
  work: (send: Send) => Promise<void>,
  heartbeatMs = HEARTBEAT_MS,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  let isOpen = true
  let heartbeat: NodeJS.Timeout | undefined
  const end = () => {
    isOpen = false
    clearInterval(heartbeat)
  }
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const { write, precede, flush } = inFrames(text => {
        if (isOpen) controller.enqueue(encoder.encode(text))
      })
      // Servers hold the headers back until there is something to send with them.
      precede(HEARTBEAT)
      heartbeat = setInterval(precede, heartbeatMs, HEARTBEAT)
      const send: Send = event => {
        heartbeat?.refresh()
        write(format(event))
      }
      work(send).finally(() => {
        flush()
        if (isOpen) controller.close()
        end()
      })
    },
    cancel: end,
  })
}

function format({ event, data }: ServerEvent): string {
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return `${event === undefined ? '' : `event: ${event}\n`}data: ${text}\n\n`
}
