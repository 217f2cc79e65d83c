import { setTimeout as sleep } from 'node:timers/promises'
import type { OpenAI } from 'openai'

type Chunk = OpenAI.ChatCompletionChunk

/** How a stream goes, and who hears of it. */
export type Streaming = {
  /** Between two pieces of the answer. */
  delayMs: number
  /** After so many pieces this stream breaks; undefined when it doesn't. */
  takeBreak(): number | undefined
  /** The client went away before the end. */
  onDisconnect(): void
}

/** Chunks as server-sent events, then `[DONE]`; one that breaks ends with its connection instead. */
export function eventStream(chunks: Chunk[], { delayMs, takeBreak, onDisconnect }: Streaming): Response {
  const cancelled = new AbortController()
  const encoder = new TextEncoder()
  const events = chunks.values()
  const breakAfter = takeBreak()
  let sent = 0
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { value } = events.next()
      const isPiece = value !== undefined && carriesAnswer(value)
      const breaks = breakAfter !== undefined && sent >= breakAfter
      if (isPiece || breaks)
        await sleep(delayMs, undefined, { signal: cancelled.signal }).catch(() => undefined)
      if (cancelled.signal.aborted) return
      if (breaks) return controller.error(new Error('the stream breaks here'))
      if (isPiece) sent += 1
      controller.enqueue(encoder.encode(`data: ${value ? JSON.stringify(value) : '[DONE]'}\n\n`))
      if (!value) controller.close()
    },
    cancel() {
      cancelled.abort()
      onDisconnect()
    },
  })
  const headers = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
  return new Response(body, { headers })
}

function carriesAnswer({ choices }: Chunk): boolean {
  const delta = choices[0]?.delta
  return Boolean(delta?.content || delta?.tool_calls)
}
