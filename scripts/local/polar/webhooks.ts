import { createHmac, randomUUID } from 'node:crypto'

export const apiVersion = '2026-10'

export type PolarEvent = { type: string; timestamp?: string; data: unknown }

let lastMicroseconds = 0

/** Now in Polar's form (ISO 8601 with microseconds); never the same twice, always later than the one before. */
export function polarTimestamp(): string {
  const now = Math.floor((performance.timeOrigin + performance.now()) * 1000)
  lastMicroseconds = Math.max(now, lastMicroseconds + 1)
  const fraction = String(lastMicroseconds % 1_000_000).padStart(6, '0')
  const seconds = new Date(Math.floor(lastMicroseconds / 1000)).toISOString().slice(0, 19)
  return `${seconds}.${fraction}Z`
}

/** A webhook delivery as Polar sends it, signed per Standard Webhooks. */
export function polarDelivery(
  secret: string,
  event: PolarEvent,
  options: { id?: string; sentAt?: Date } = {},
): { headers: Record<string, string>; body: string } {
  const id = options.id ?? randomUUID()
  const sentAt = Math.floor((options.sentAt ?? new Date()).getTime() / 1000)
  const timestamp = event.timestamp ?? polarTimestamp()
  const body = JSON.stringify({ type: event.type, timestamp, api_version: apiVersion, data: event.data })
  // Polar's key is the secret's own bytes, not what it would decode to.
  const signature = createHmac('sha256', secret).update(`${id}.${sentAt}.${body}`).digest('base64')
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'polar.sh webhooks',
    'webhook-id': id,
    'webhook-timestamp': String(sentAt),
    'webhook-signature': `v1,${signature}`,
  }
  return { headers, body }
}
