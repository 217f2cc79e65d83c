import { afterAll } from 'vitest'
import { serveApi } from '../helpers/events.ts'
import type { Tenant } from '../helpers/tenant.ts'
import { CHAT } from './ai-chat.ts'

const server = await serveApi()
afterAll(() => server.close())

/** Asks over real HTTP, so that what is streamed arrives piece by piece. */
export function stream(
  tenant: Pick<Tenant, 'session'> | null,
  json: object,
  { headers = {}, signal }: { headers?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Response> {
  return fetch(`${server.url}${CHAT}`, {
    method: 'POST',
    headers: { ...tenant?.session, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ ...json, stream: true }),
    ...(signal && { signal }),
  })
}

/** Chat messages that a tenant has used this month. */
export const used = async (tenant: Tenant) =>
  (await tenant.call('GET', '/api/app/me')).body.usage.chatMessages
