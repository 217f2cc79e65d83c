import { once } from 'node:events'

/** What work gives, or null as soon as the signal aborts; the work then ends unheard. */
export async function unlessStopped<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T | null> {
  if (!signal) return work
  if (signal.aborted) return null
  const ended = new AbortController()
  const stopped = once(signal, 'abort', { signal: ended.signal }).then(() => null)
  work.catch(() => {})
  stopped.catch(() => {})
  try {
    return await Promise.race([work, stopped])
  } finally {
    ended.abort()
  }
}
