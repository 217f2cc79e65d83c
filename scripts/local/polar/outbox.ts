import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { type PolarEvent, polarDelivery, polarTimestamp } from './webhooks.ts'

const maxTries = 10
const answerWithinMs = 10_000

export type Outbox = {
  send(...events: PolarEvent[]): void
  drained(): Promise<void>
  setUrl(url: string | undefined): void
  close(): void
}

/**
 * Delivers events one after another, each up to ten times; without a url they are dropped. What an event tells
 * is saved before it goes out.
 */
export function createOutbox(
  secret: string,
  url: string | undefined,
  save: () => Promise<void> = async () => {},
): Outbox {
  const closing = new AbortController()
  let target = url
  let tail = Promise.resolve()

  async function deliver(event: PolarEvent, id: string): Promise<void> {
    for (let tried = 0; tried < maxTries && target && !closing.signal.aborted; tried += 1) {
      if (tried > 0) await pause(Math.min(25 * 2 ** tried, 1_000), closing.signal)
      if (await post(target, polarDelivery(secret, event, { id }), closing.signal)) return
    }
  }

  return {
    send(...events) {
      for (const event of events) {
        const stamped = { ...event, timestamp: event.timestamp ?? polarTimestamp() }
        const id = randomUUID()
        tail = tail.then(async () => {
          // The request that changed something tells why it could not be saved.
          await save().catch(() => undefined)
          await deliver(stamped, id)
        })
      }
    },
    drained: () => tail,
    setUrl(next) {
      target = next
    },
    close: () => closing.abort(),
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined)
}

async function post(
  url: string,
  delivery: { headers: Record<string, string>; body: string },
  closing: AbortSignal,
): Promise<boolean> {
  try {
    const signal = AbortSignal.any([closing, AbortSignal.timeout(answerWithinMs)])
    const response = await fetch(url, { method: 'POST', ...delivery, redirect: 'manual', signal })
    await response.body?.cancel()
    return response.ok
  } catch {
    return false
  }
}
