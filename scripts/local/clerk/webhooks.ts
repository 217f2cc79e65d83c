import { randomUUID } from 'node:crypto'
import { Webhook } from 'svix'

export { type ClerkProfile, clerkUserData } from './users.ts'

export type ClerkEvent = { type: string; data: unknown }

/** A webhook delivery as Clerk (through Svix) sends it, signed with the endpoint's secret. */
export function clerkDelivery(
  secret: string,
  event: ClerkEvent,
  options: { id?: string; timestamp?: Date } = {},
): { headers: Record<string, string>; body: string } {
  const id = options.id ?? `msg_${randomUUID().replaceAll('-', '')}`
  const sentAt = options.timestamp ?? new Date()
  const body = JSON.stringify({
    data: event.data,
    event_attributes: { http_request: { client_ip: '127.0.0.1', user_agent: 'local' } },
    instance_id: 'ins_local',
    object: 'event',
    timestamp: sentAt.getTime(),
    type: event.type,
  })
  const headers = {
    'content-type': 'application/json',
    'svix-id': id,
    'svix-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
    'svix-signature': new Webhook(secret).sign(id, sentAt, body),
  }
  return { headers, body }
}
